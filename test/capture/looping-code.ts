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

  async 'for each'(send) {
    const sent: Promise<string>[] = [];
    const each = (id: number) => {
      sent.push(send(`user ${id}`)); // #each
    };
    ids.forEach(each); // #for
    await Promise.all(sent);
  },

  async 'a callback that begins the next'(send) {
    let done: () => void = () => {};
    const next = (id: number) => {
      void send(`user ${id}`).then(() => (id < 3 ? next(id + 1) : done())); // #next
    };
    next(1); // #start
    await new Promise<void>((resolve) => {
      done = resolve;
    });
  },

  async 'a loop in a function that is called twice in one line'(send) {
    const users = async (from: number) => {
      for (const id of ids) await send(`user ${from + id}`); // #loop
    };
    return [await users(10), await users(20)]; // #twice
  },

  async 'a loop that calls twice in one line'(send) {
    for (const id of ids) void [await send(`user ${id}`), await send(`user ${id + 10}`)]; // #twice
  },

  async 'a loop that calls either or in one line'(send) {
    for (const id of ids) id % 2 ? await send(`odd user ${id}`) : await send(`even user ${id}`); // #either
  },

  async 'all at once, twice in one line'(send) {
    await Promise.all(ids.map((id) => Promise.all([send(`user ${id}`), send(`user ${id + 10}`)]))); // #both
  },

  async 'three calls in one expression'(send) {
    return { a: await send('user 1'), b: await send('user 2'), c: await send('user 3') }; // #three
  },

  async 'three calls in one expression, through an async helper'(send) {
    const user = async (id: number) => await send(`user ${id}`); // #helper
    return [await user(1), await user(2), await user(3)]; // #three
  },

  async 'three calls in one expression, through a helper that waits first'(send) {
    const user = async (id: number) => {
      await null;
      return await send(`user ${id}`); // #helper
    };
    return [await user(1), await user(2), await user(3)]; // #three
  },

  async 'three calls in one expression, through a helper that waits the first time'(send) {
    let ready = false;
    const user = async (id: number) => {
      if (!ready) await null;
      ready = true;
      return await send(`user ${id}`); // #helper
    };
    return [await user(1), await user(2), await user(3)]; // #three
  },

  async 'a loop through a helper that waits the first time'(send) {
    let ready = false;
    const user = async (id: number) => {
      if (!ready) await null;
      ready = true;
      return await send(`user ${id}`); // #helper
    };
    for (const id of ids) await user(id); // #loop
  },

  async 'three calls at once in one line'(send) {
    return await Promise.all([send('user 1'), send('user 2'), send('user 3')]); // #three
  },

  async 'three calls at once in one line, through an async helper'(send) {
    const user = async (id: number) => await send(`user ${id}`); // #helper
    return await Promise.all([user(1), user(2), user(3)]); // #three
  },

  async 'three calls at once in one line, through a helper that waits first'(send) {
    const user = async (id: number) => {
      await null;
      return await send(`user ${id}`); // #helper
    };
    return await Promise.all([user(1), user(2), user(3)]); // #three
  },

  async 'three calls at once in one line, through a method that awaits'(send) {
    class Users {
      async find(id: number) {
        return await send(`user ${id}`); // #find
      }
    }
    const users = new Users();
    const [a, b, c] = await Promise.all([users.find(1), users.find(2), users.find(3)]); // #three
    return [a, b, c];
  },
};
