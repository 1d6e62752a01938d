import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../src/kafka/kafkajs/answer-reader.ts';

function answerOf(bytes: number, fill: number): Buffer {
  const answer = Buffer.alloc(4 + bytes, fill);
  answer.writeInt32BE(bytes, 0);
  return answer;
}

/** As a socket does: at most `most` bytes at a time, into the room there is. */
function read(stream: Buffer, most: number): Buffer[] {
  const answers: Buffer[] = [];
  const reader = new AnswerReader((answer) => answers.push(answer));
  for (let at = 0; at < stream.length;) {
    const room = reader.room();
    const bytes = Math.min(most, room.length, stream.length - at);
    if (bytes === 0) throw new Error('there is no room');
    stream.copy(room, 0, at, at + bytes);
    reader.took(bytes);
    at += bytes;
  }
  return answers;
}

describe('the reader of answers', () => {
  const sent = [answerOf(10, 1), answerOf(0, 2), answerOf(70_000, 3), answerOf(65_532, 4), answerOf(7, 5)];

  it.each([1, 3, 4, 5, 1_000, 65_536, 1 << 20])('hands over whole answers, read %i bytes at a time', (most) => {
    const answers = read(Buffer.concat(sent), most);
    expect(answers.map((answer, i) => answer.equals(sent[i] ?? Buffer.alloc(0)))).toEqual(sent.map(() => true));
  });

  it('keeps an answer that is not whole', () => {
    expect(read(Buffer.concat([answerOf(10, 1), answerOf(100_000, 2).subarray(0, 99_999)]), 4_096)).toEqual([
      answerOf(10, 1),
    ]);
  });

  it('reads a long answer into the memory that it is used from', () => {
    const reader = new AnswerReader((answer) => expect(answer.equals(answerOf(100_000, 9))).toBe(true));
    const stream = answerOf(100_000, 9);
    stream.copy(reader.room(), 0, 0, 1_000);
    reader.took(1_000);
    const room = reader.room();
    expect(room.length).toBe(stream.length - 1_000);
    stream.copy(room, 0, 1_000);
    reader.took(room.length);
    expect.assertions(2);
  });

  it.each([-1, 352_518_912])('refuses a length of %i', (length) => {
    const reader = new AnswerReader(() => undefined);
    reader.room().writeInt32BE(length, 0);
    expect(() => reader.took(4)).toThrow(RangeError);
  });
});
