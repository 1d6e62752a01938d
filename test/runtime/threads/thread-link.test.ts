import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { StreamsError } from '../../../src/core/errors.ts';
import { ThreadLink } from '../../../src/runtime/threads/thread-link.ts';

describe('ThreadLink', () => {
  const links: ThreadLink[] = [];
  const pair = (): readonly [ThreadLink, ThreadLink] => {
    const { port1, port2 } = new MessageChannel();
    const made = [new ThreadLink(port1), new ThreadLink(port2)] as const;
    links.push(...made);
    return made;
  };
  afterEach(() => links.splice(0).forEach((link) => link.close()));

  it('brings answers to those who asked, in whatever order they come, and bytes as bytes', async () => {
    const [here, there] = pair();
    const later: (() => void)[] = [];
    there.on('get', (body) => new Promise((resolve) => later.push(() => resolve(Buffer.from(String(body))))));
    const [first, second] = [here.request('get', 'a'), here.request('get', 'b')];
    await expect.poll(() => later.length).toBe(2);
    later.reverse().forEach((answer) => answer());
    expect(await Promise.all([first, second])).toEqual([
      new Uint8Array(Buffer.from('a')),
      new Uint8Array(Buffer.from('b')),
    ]);
  });

  it('throws what the other side threw, with code, coordinates and cause', async () => {
    const [here, there] = pair();
    there.on('fail', () => {
      throw new StreamsError('BROKER_UNAVAILABLE', 'no answer', {
        topic: 't',
        offset: 3,
        cause: new RangeError('why'),
      });
    });
    const error = await here.request('fail').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StreamsError);
    expect(error).toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: 'no answer',
      retriable: true,
      coordinates: { topic: 't', offset: 3 },
      cause: { name: 'RangeError', message: 'why' },
    });
  });

  it('says that there is nobody for a topic', async () => {
    const [here] = pair();
    await expect(here.request('nothing')).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  });

  it('rejects what is open when the other end is gone, and everything after it', async () => {
    const [here, there] = pair();
    there.on('hang', () => new Promise(() => undefined));
    const open = here.request('hang');
    there.close();
    await expect(open).rejects.toMatchObject({ code: 'THREAD_DIED' });
    await expect(here.request('hang')).rejects.toMatchObject({ code: 'THREAD_DIED' });
    here.notify('nobody hears it');
  });
});
