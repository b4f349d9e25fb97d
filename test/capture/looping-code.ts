// Ways in which real code sends one statement many times. Each line that a stack should name ends in a `#mark`, so that tests speak of
// marks and not of line numbers, and fail where a source map is off by a line.

import { EventEmitter } from 'node:events';

export type Send = (text: string) => Promise<string>;

const ids = [1, 2, 3];

export const loopingCode: Record<string, (send: Send) => Promise<unknown>> = {
  async 'a loop that awaits'(send) {
    for (const id of ids) await send(`user ${id}`); // #loop
  },

  async 'through a helper'(send) {
    const user = async (id: number) => {
      return await send(`user ${id}`); // #helper
    };
    for (const id of ids) await user(id); // #loop
  },

  async 'all at once'(send) {
    await Promise.all(ids.map((id) => send(`user ${id}`))); // #map
  },

  async 'all at once, through an async helper'(send) {
    const user = async (id: number) => {
      return await send(`user ${id}`); // #helper
    };
    await Promise.all(ids.map(async (id) => await user(id))); // #map
  },

  async 'a walk down a tree'(send) {
    async function walk(depth: number): Promise<void> {
      await send(`children at ${depth}`); // #walk
      if (depth < 4) await walk(depth + 1); // #deeper
    }
    await walk(1); // #root
  },

  async 'a walk down the branches of a tree, all at once'(send) {
    async function walk(depth: number): Promise<void> {
      await send(`children at ${depth}`); // #walk
      if (depth < 3) await Promise.all([1, 2].map((branch) => walk(depth + branch))); // #branches
    }
    await walk(1); // #root
  },

  async 'a chain of then'(send) {
    let chain: Promise<unknown> = Promise.resolve();
    for (const id of ids) chain = chain.then(() => send(`user ${id}`)); // #then
    await chain; // #end
  },

  async 'an event each'(send) {
    const sent: Promise<string>[] = [];
    const events = new EventEmitter();
    events.on('row', (id) => sent.push(send(`user ${id}`))); // #listener
    for (const id of ids) events.emit('row', id); // #emit
    await Promise.all(sent);
  },

  async 'for await'(send) {
    async function* rows() {
      yield* ids;
    }
    for await (const id of rows()) await send(`user ${id}`); // #loop
  },

  async 'a timer each'(send) {
    await Promise.all(
      ids.map(
        (id) =>
          new Promise((done) => {
            setImmediate(() => send(`user ${id}`).then(done)); // #timer
          }),
      ),
    );
  },

  async 'two lines'(send) {
    await send('user 1'); // #first
    await send('user 2'); // #second
  },

  async 'one helper, called from two lines'(send) {
    const user = async (id: number) => {
      return await send(`user ${id}`); // #helper
    };
    await user(1); // #first
    await user(2); // #second
  },
};
