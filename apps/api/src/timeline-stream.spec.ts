import { EventEmitter } from 'node:events';
import type { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import type { Sql } from '#postgres';
import { TimelineStream } from './timeline-stream.js';

describe('who follows a timeline', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('hears no more once they may not any more', async () => {
    let may = true;
    const said: string[] = [];
    const raw = Object.assign(new EventEmitter(), {
      destroyed: false,
      writeHead: () => undefined,
      write: (text: string) => said.push(text) > 0,
      end: () => raw.emit('close', said.push('the end')),
    });
    const request = { asking: undefined, mayStill: async () => may };
    const reply = { request, hijack: () => ({ raw }), getHeaders: () => ({}) } as unknown as FastifyReply;
    const sql: Sql = async () => [];
    const stream = new TimelineStream({ execute: async () => [] } as unknown as QueryBus, sql);
    await stream.follow({ id: 'x' }, {}, reply);

    await jest.advanceTimersByTimeAsync(15_000);
    expect(said).toEqual([expect.stringContaining('from here on'), ': still here\n\n']);
    may = false;
    await jest.advanceTimersByTimeAsync(15_000);
    expect(said.slice(2)).toEqual(['the end']);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(said.slice(2)).toEqual(['the end']);
  });
});
