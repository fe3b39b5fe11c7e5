import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { composeFaults } from './compose-rules.js';

const GOOD = `
services:
  database:
    image: postgres:18.6
    restart: always
    stop_grace_period: 30s
    volumes: [data:/data]
    ports: ['127.0.0.1:5432:5432']
    healthcheck:
      test: [CMD, pg_isready]
  app:
    build: .
    command: [node, dist/apps/demo/src/receiver.js]
    read_only: true
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']
    secrets: [key]
    restart: always
    stop_grace_period: 30s
    ports: ['127.0.0.1:\${PORT:-3999}:3999']
    environment:
      KEY: \${KEY:?set it}
    depends_on:
      database:
        condition: service_healthy
volumes:
  data:
secrets:
  key:
    file: \${DIRECTORY:-./secrets}/key
`;

const faultsOf = (text: string, sourceExists = true): string[] =>
  composeFaults(text, () => sourceExists);

describe('composeFaults', () => {
  it('has nothing to say about a sound file, such as the one of this project', () => {
    expect(faultsOf(GOOD)).toEqual([]);
    expect(faultsOf(readFileSync('docker-compose.yml', 'utf8'))).toEqual([]);
  });

  it.each([
    ['postgres:18.6', 'postgres:latest', 'database: image postgres:latest has no exact version'],
    ['postgres:18.6', 'postgres:18', 'database: image postgres:18 has no exact version'],
    ['depends_on:', 'depend_on:', 'app: unknown key depend_on'],
    ['volumes:\n  data:', 'volume:\n  data:', 'unknown key volume'],
    ['volumes: [data:/data]', 'volumes: [other:/data]', 'volume data is not used'],
    ['KEY:?set it', 'KEY', '${KEY} needs a default (:-) or a reason to fail (:?)'],
    ['pg_isready]', '"?": 1]', 'database: {"?":1} is no text'],
    [
      '  database:\n    image',
      '  base:\n    image',
      'app: depends on database, which is no service',
    ],
    [
      'condition: service_healthy',
      'condition: service_started',
      'app: depends on database without its health',
    ],
    [
      'healthcheck:\n      test: [CMD, pg_isready]',
      'init: true',
      'app: depends on the health of database, which has no health check',
    ],
    [
      '127.0.0.1:5432:5432',
      '5432:5432',
      'database: port 5432:5432 is not published on 127.0.0.1 alone',
    ],
    ['PORT:-3999', 'PORT:-5432', 'app: port 5432 is published by database, too'],
    [
      'restart: always',
      'restart: "no"',
      'database: restart is not always, nor on-failure of what runs once',
    ],
    ['read_only: true', 'read_only: false', 'app: its file system can be written to'],
    ['cap_drop: [ALL]', 'cap_drop: [KILL]', 'app: it keeps capabilities'],
    ['no-new-privileges:true', 'seccomp:unconfined', 'app: it may gain privileges'],
    ['secrets: [key]', 'secrets: [other]', 'app: secret other is not declared'],
    ['secrets: [key]', 'secrets: []', 'secret key is not used'],
  ])('finds what is wrong when %j becomes %j', (sound, faulty, fault) => {
    expect(GOOD).toContain(sound);
    expect(faultsOf(GOOD.replace(sound, faulty))).toContain(fault);
  });

  it('lets what runs once end, and others wait for its end', () => {
    const once = GOOD.replace('service_healthy', 'service_completed_successfully');
    expect(faultsOf(once)).toContain(
      'database: restart is not always, nor on-failure of what runs once',
    );
    expect(faultsOf(once.replace('restart: always', 'restart: on-failure'))).toEqual([]);
  });

  it('finds a command whose program nobody builds', () => {
    expect(faultsOf(GOOD, false)).toEqual([
      'app: there is no source of dist/apps/demo/src/receiver.js',
    ]);
  });
});
