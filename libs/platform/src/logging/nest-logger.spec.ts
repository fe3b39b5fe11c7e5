import { describe, expect, it } from 'vitest';
import { createLogger } from './create-logger.js';
import { NestLogger } from './nest-logger.js';

function recorded(level: 'info' | 'debug' = 'info') {
  const written: string[] = [];
  const output = { write: (line: string) => void written.push(line) };
  const nest = new NestLogger(createLogger({ level, format: 'json' }, output));
  return { nest, lines: () => written.map((line): Record<string, unknown> => JSON.parse(line)) };
}

describe('NestLogger', () => {
  it("gives Nest's text the form of every line, with the context as component", () => {
    const { nest, lines } = recorded();
    nest.log('Nest microservice successfully started', 'NestMicroservice');
    nest.warn('without a context');
    expect(lines()).toMatchObject([
      {
        level: 'info',
        component: 'NestMicroservice',
        event: 'nest.reported',
        message: 'Nest microservice successfully started',
      },
      { level: 'warn', component: 'Nest', message: 'without a context' },
    ]);
  });

  it('passes on a wide line as it is', () => {
    const { nest, lines } = recorded();
    nest.log({ event: 'queue.blocked', depth: 3 }, 'QueueProcessor');
    expect(lines()[0]).toMatchObject({
      component: 'QueueProcessor',
      event: 'queue.blocked',
      depth: 3,
    });
  });

  it('takes a stack for a stack and not for the context', () => {
    const { nest, lines } = recorded();
    nest.error('failed', new Error('x').stack, 'ExceptionsHandler');
    nest.error('failed', new Error('x').stack);
    expect(lines().map(({ component }) => component)).toEqual(['ExceptionsHandler', 'Nest']);
    expect(lines()[1]?.['stack']).toContain('nest-logger.spec.ts');
  });

  it('writes out an error that is passed as one', () => {
    const { nest, lines } = recorded();
    nest.error(new RangeError('too far'), 'Controller');
    expect(lines()[0]).toMatchObject({
      component: 'Controller',
      message: 'too far',
      error: { type: 'RangeError' },
    });
  });

  it('keeps the enumeration of modules and routes for the debug level', () => {
    const [quiet, open] = [recorded('info'), recorded('debug')];
    for (const { nest } of [quiet, open]) nest.log('AppModule initialized', 'InstanceLoader');
    expect([quiet.lines().length, open.lines()[0]?.['level']]).toEqual([0, 'debug']);
  });
});
