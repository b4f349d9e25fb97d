// The null driver: pg's own Pool, Client, Query and Result over a connection that answers out of memory, with the messages that a real server was seen to
// send. Nothing is written as bytes or read from them, so that what is added to a statement weighs most beside what is left of it.

'use strict';

const { EventEmitter } = require('node:events');
const { Field, RowDescriptionMessage } = require('pg-protocol/dist/messages.js');

/** What a statement's answer is made of. The rest (`parseComplete`, `bindComplete`) tells pg nothing. */
const ANSWERS = new Set(['rowDescription', 'dataRow', 'noData', 'commandComplete']);
const READY = { name: 'readyForQuery', length: 5, status: 'I' };

/** The statements that were recorded, by their text, then by their values. */
class Answers {
  #byText = new Map();

  keep(text, values, messages) {
    if (!this.#byText.has(text)) this.#byText.set(text, new Map());
    this.#byText.get(text).set(keyOf(values), messages);
  }

  find(text, values) {
    return this.#byText.get(text)?.get(keyOf(values));
  }
}

/** Statements of a workload bind one value at most. */
function keyOf(values) {
  if (values === null || values === undefined || values.length === 0) return null;
  if (values.length > 1) throw new Error('The null driver tells statements apart by one value.');
  return values[0];
}

/** Hears what the clients of a pool ask a real server while they live, and what that answers. */
function recordMessages(pool) {
  const answers = new Answers();
  pool.on('connect', ({ connection }) => {
    let asked = null;
    let messages = [];
    const hear = (method, note) => {
      const original = connection[method];
      connection[method] = function heard(message) {
        note(message);
        return original.call(this, message);
      };
    };
    hear('query', (text) => {
      asked = { text, values: null };
    });
    hear('parse', ({ text }) => {
      asked = { text, values: null };
    });
    hear('bind', ({ values, valueMapper }) => {
      asked.values = values.map((value) => valueMapper(value));
    });
    const { emit } = connection;
    connection.emit = function emitHeard(name, ...args) {
      const [message] = args;
      if (ANSWERS.has(name)) messages.push(message);
      if (name === 'readyForQuery' && asked !== null) {
        answers.keep(asked.text, asked.values, messages);
        messages = [];
        asked = null;
      }
      return emit.call(this, name, ...args);
    };
  });
  return answers;
}

/** The app is handed the descriptions of its columns, so each result has objects of its own, as pg's parser makes them. */
function anew(message) {
  if (message.name !== 'rowDescription') return message;
  const { length, fieldCount, fields } = message;
  const copy = new RowDescriptionMessage(length, fieldCount);
  for (let i = 0; i < fieldCount; i++) {
    const { name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier, format } = fields[i];
    copy.fields[i] = new Field(name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier, format);
  }
  return copy;
}

/** As much of pg's Connection as Client and Query use. */
class NullConnection extends EventEmitter {
  parsedStatements = {};
  submittedNamedStatements = {};
  stream = { cork() {}, uncork() {}, ref() {}, unref() {}, destroy() {}, setNoDelay() {} };
  #answers;
  #text = null;
  #values = null;
  #answer = () => this.#emitAnswer();

  constructor(answers) {
    super();
    this.#answers = answers;
  }

  connect() {
    setImmediate(() => this.emit('connect'));
  }

  startup() {
    setImmediate(() => this.emit('readyForQuery', READY));
  }

  query(text) {
    this.#text = text;
    this.#values = null;
    this.sync();
  }

  parse({ text }) {
    this.#text = text;
  }

  bind({ values, valueMapper }) {
    this.#values = values.map((value) => valueMapper(value));
  }

  describe() {}

  execute() {}

  /** Never before the driver has returned to its caller: no socket does that either. */
  sync() {
    process.nextTick(this.#answer);
  }

  #emitAnswer() {
    const messages = this.#answers.find(this.#text, this.#values);
    if (messages === undefined) this.emit('errorMessage', new Error(`It was not recorded what answers ${this.#text}`));
    else for (const message of messages) this.emit(message.name, anew(message));
    this.emit('readyForQuery', READY);
  }

  end() {
    setImmediate(() => this.emit('end'));
  }

  ref() {}
  unref() {}
}

module.exports = { recordMessages, NullConnection };
