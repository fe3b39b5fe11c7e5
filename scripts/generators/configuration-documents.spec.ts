import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { loadConfiguration, VARIABLES } from '@app/platform';
import { configurationTableText, withConfigurationTable } from './configuration-table.js';
import { envExampleText } from './env-example.js';

const names = Object.keys(VARIABLES);

describe('the documents of the configuration', () => {
  it('name every variable once, in .env.example and in the table', () => {
    const settings = envExampleText().match(/^(# )?[A-Z_]+=/gm) ?? [];
    expect(settings.map((line) => line.replace(/^# |=$/g, ''))).toEqual(names);
    const rows = configurationTableText().match(/^\| `[A-Z_]+`/gm) ?? [];
    expect(rows.map((line) => line.slice(3, -1))).toEqual(names);
  });

  it('give defaults that mean the same as leaving the variable out', () => {
    const required = {
      KAFKA_BROKERS: 'localhost:9092',
      DATABASE_URL: 'postgres://localhost/webhooks',
      SECRETS_KEY: 'k'.repeat(32),
    };
    const written = [...envExampleText().matchAll(/^# ([A-Z_]+)=(.*)$/gm)];
    const env = Object.fromEntries(written.map(([, name, value]) => [name, value]));
    expect(loadConfiguration({ ...env, ...required })).toEqual(loadConfiguration(required));
  });

  it('leave a table that the formatter would not change', async () => {
    const table = `${configurationTableText()}\n`;
    const formatted = await format(table, { parser: 'markdown', printWidth: 100 });
    expect(table).toBe(formatted);
  });

  it('replace nothing but what stands between the marks', () => {
    const marks = [
      '<!-- configuration table: generated, do not edit -->',
      '<!-- end of the configuration table -->',
    ];
    const readme = `before\n\n${marks.join('\n\nold\n\n')}\n\nafter\n`;
    const written = withConfigurationTable(readme);
    expect(written).toBe(
      `before\n\n${marks.join(`\n\n${configurationTableText()}\n\n`)}\n\nafter\n`,
    );
    expect(withConfigurationTable(written)).toBe(written);
    expect(() => withConfigurationTable('no marks')).toThrow(/lacks the marks/);
  });
});
