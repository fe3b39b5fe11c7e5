import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ApiDocument } from './document.js';
import { isThere, run } from './programs.js';

/** How a documented function is made a program: `<file with the body> <secret> [<signature>]` → true or false. */
interface Runtime {
  readonly language: string;
  /** Commands that succeed where the runtime is. */
  readonly probes: readonly (readonly string[])[];
  /** Where the snippet is written to. */
  readonly file: string;
  /** What is written besides. */
  readonly harness: Readonly<Record<string, string>>;
  readonly build?: readonly string[];
  readonly command: readonly string[];
}

const NODE = `
import { readFileSync } from 'node:fs';
import { isGenuine } from './signature.mjs';
const [, , file, secret, signature] = process.argv;
console.log(isGenuine(readFileSync(file), signature, secret));
`;

const PYTHON = `
import sys
from signature import is_genuine
file, secret, *rest = sys.argv[1:]
with open(file, "rb") as opened:
    print(str(is_genuine(opened.read(), rest[0] if rest else None, secret)).lower())
`;

const PHP = `<?php
declare(strict_types=1);
require 'signature.php';
echo var_export(isGenuine(file_get_contents($argv[1]), $argv[3] ?? null, $argv[2]), true);
`;

const JAVA = `
import java.nio.file.Files;
import java.nio.file.Path;
final class Main {
    public static void main(String[] args) throws Exception {
        String signature = args.length > 2 ? args[2] : null;
        System.out.println(WebhookSignature.isGenuine(Files.readAllBytes(Path.of(args[0])), signature, args[1]));
    }
}
`;

const GO = `package main

import (
	"fmt"
	"os"

	"example.com/verify/webhooks"
)

func main() {
	body, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	signature := ""
	if len(os.Args) > 3 {
		signature = os.Args[3]
	}
	fmt.Println(webhooks.IsGenuine(body, signature, os.Args[2]))
}
`;

const RUNTIMES: readonly Runtime[] = [
  {
    language: 'js',
    // The one that runs this test.
    probes: [],
    file: 'signature.mjs',
    harness: { 'main.mjs': NODE },
    command: [process.execPath, 'main.mjs'],
  },
  {
    language: 'python',
    // The first with the types that the snippet is written with.
    probes: [['python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 10))']],
    file: 'signature.py',
    harness: { 'main.py': PYTHON },
    command: ['python3', '-X', 'utf8', 'main.py'],
  },
  {
    language: 'php',
    probes: [['php', '--version']],
    file: 'signature.php',
    harness: { 'main.php': PHP },
    command: ['php', 'main.php'],
  },
  {
    language: 'java',
    // A runtime alone has no compiler.
    probes: [
      ['javac', '-version'],
      ['java', '-version'],
    ],
    file: 'WebhookSignature.java',
    harness: { 'Main.java': JAVA },
    build: ['javac', '-Xlint:all', '-Werror', 'WebhookSignature.java', 'Main.java'],
    command: ['java', '-Xshare:auto', '-XX:TieredStopAtLevel=1', '-cp', '.', 'Main'],
  },
  {
    language: 'go',
    probes: [['go', 'version']],
    file: 'webhooks/signature.go',
    harness: { 'main.go': GO, 'go.mod': 'module example.com/verify\n\ngo 1.18\n' },
    build: ['go', 'build', '-o', 'verify', '.'],
    command: ['./verify'],
  },
];

/** Languages whose runtimes are on this machine; Node always is. */
export const languages: readonly string[] = RUNTIMES.filter(({ probes }) =>
  probes.every((probe) => isThere(...probe)),
).map(({ language }) => language);

export interface Delivery {
  readonly body: Buffer;
  readonly secret: string;
  /** Undefined: the request has no such header. */
  readonly signature: string | undefined;
}

/** The verification of one language, made from its documented snippet. */
export class DocumentedVerification {
  #bodies = 0;

  private constructor(
    private readonly directory: string,
    private readonly command: readonly string[],
  ) {}

  static async build(
    document: ApiDocument,
    language: string,
    parent: string,
  ): Promise<DocumentedVerification> {
    const runtime = RUNTIMES.find((each) => each.language === language);
    if (!runtime) throw new Error(`there is no runtime of ${language}`);
    const directory = join(parent, language);
    const files = { ...runtime.harness, [runtime.file]: document.block(language, 'verify') };
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content);
    }
    if (runtime.build) await run(runtime.build, directory);
    return new DocumentedVerification(directory, runtime.command);
  }

  /** What the documented function says, as it is printed. */
  async judge({ body, secret, signature }: Delivery): Promise<string> {
    const file = join(this.directory, `body-${this.#bodies++}`);
    writeFileSync(file, body);
    const given = signature === undefined ? [] : [signature];
    return (await run([...this.command, file, secret, ...given], this.directory)).trim();
  }
}
