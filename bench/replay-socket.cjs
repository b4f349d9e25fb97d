// A connection to a PostgreSQL that answers out of memory: the driver sends and parses the bytes that a real server was seen to answer with, and no
// system call stands between. What a kernel takes for a round trip is many times what is measured here, and differs from one second to the next.

'use strict';

const { EventEmitter } = require('node:events');
const { Socket } = require('node:net');

const QUERY = 'Q'.charCodeAt(0);
const SYNC = 'S'.charCodeAt(0);
/** Type, length, and the state of the connection. */
const READY = Buffer.from([...Buffer.from('Z'), 0, 0, 0, 5, ...Buffer.from('I')]);
/** AuthenticationOk: no password is asked for. */
const WELCOME = Buffer.concat([Buffer.from([...Buffer.from('R'), 0, 0, 0, 8, 0, 0, 0, 0]), READY]);

/**
 * Lets `work` talk to a real server through pools made with the `stream` it is handed, and answers what was said: by what was sent up to the point where
 * an answer is due, the bytes that came.
 */
async function recordBytes(work) {
  const answers = new Map();
  await work(() => {
    const socket = new Socket();
    const { write } = socket;
    let sent = '';
    let came = [];
    // Socket.connect() puts its own `write` back.
    socket.once('connect', () => {
      socket.write = function heard(chunk, ...rest) {
        sent += chunk.latin1Slice();
        return write.call(this, chunk, ...rest);
      };
    });
    socket.on('data', (chunk) => {
      came.push(chunk);
      if (!chunk.subarray(-READY.length).equals(READY)) return;
      answers.set(sent, Buffer.concat(came));
      sent = '';
      came = [];
    });
    return socket;
  });
  return answers;
}

/** As much of a socket as the driver uses. */
class ReplaySocket extends EventEmitter {
  writable = true;
  #answers;
  #sent = '';
  #started = false;

  constructor(answers) {
    super();
    this.#answers = answers;
  }

  connect() {
    setImmediate(() => this.emit('connect'));
    return this;
  }

  write(chunk) {
    if (!this.#started) {
      this.#started = true;
      this.#answer(WELCOME);
      return true;
    }
    this.#sent += chunk.latin1Slice();
    if (!asksForAnswer(chunk)) return true;
    const answer = this.#answers.get(this.#sent);
    if (answer === undefined) throw new Error('The driver sent what was not recorded.');
    this.#sent = '';
    this.#answer(answer);
    return true;
  }

  #answer(bytes) {
    setImmediate(() => this.emit('data', bytes));
  }

  end() {
    setImmediate(() => this.emit('close'));
  }

  setNoDelay() {}
  setKeepAlive() {}
  ref() {}
  unref() {}
  cork() {}
  uncork() {}
}

/** Does one of these messages have the server say that it is ready? */
function asksForAnswer(chunk) {
  for (let at = 0; at < chunk.length; at += 1 + chunk.readInt32BE(at + 1)) {
    if (chunk[at] === QUERY || chunk[at] === SYNC) return true;
  }
  return false;
}

module.exports = { recordBytes, ReplaySocket };
