import { type Kind, ValueRefused } from './kind.js';

export const flag: Kind<boolean> = {
  expected: 'true or false (or 1 or 0)',
  parse(text) {
    switch (text.toLowerCase()) {
      case 'true':
      case '1':
        return true;
      case 'false':
      case '0':
        return false;
      default:
        throw new ValueRefused();
    }
  },
};

export function integer(min: number, max: number, unit = ''): Kind<number> {
  const suffix = unit === '' ? '' : ` ${unit}`;
  return {
    expected: `a whole number from ${min} to ${max}${suffix}`,
    parse(text) {
      const value = Number(text);
      if (!/^\d{1,15}$/.test(text) || value < min || value > max) throw new ValueRefused();
      return value;
    },
  };
}

export const port: Kind<number> = {
  expected: 'a port from 0 to 65535 (0: a free one)',
  parse(text) {
    // Kubernetes sets <SERVICE>_PORT=tcp://… for a Service of that name in the same namespace.
    if (text.startsWith('tcp://')) {
      throw new ValueRefused(
        'a Kubernetes Service link sets this name: use enableServiceLinks: false',
      );
    }
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new ValueRefused();
    return Number(text);
  },
};

export function oneOf<const T extends string>(choices: readonly T[]): Kind<T> {
  return {
    expected: `one of ${choices.join(', ')}`,
    parse(text) {
      const choice = choices.find((candidate) => candidate === text.toLowerCase());
      if (choice === undefined) throw new ValueRefused();
      return choice;
    },
  };
}

/** One or more of the choices, separated by commas; order and repetition mean nothing. */
export function subsetOf<const T extends string>(choices: readonly T[]): Kind<ReadonlySet<T>> {
  const each = oneOf(choices);
  return {
    expected: `one or more of ${choices.join(', ')}, separated by commas`,
    parse(text) {
      const parts = commaSeparated(text);
      if (parts.length === 0) throw new ValueRefused();
      return new Set(parts.map((part) => each.parse(part)));
    },
  };
}

export function matching(pattern: RegExp, expected: string): Kind<string> {
  return {
    expected,
    parse(text) {
      if (!pattern.test(text)) throw new ValueRefused();
      return text;
    },
  };
}

/** Never shown, not even in part; its length is what a person needs to see the mistake. */
export function secret(minLength: number, expected: string): Kind<string> {
  return {
    expected,
    verbatim: true,
    parse(text) {
      if (text.trim().length < minLength) throw new ValueRefused();
      return text;
    },
    mask: (text) => `*** (${text.length} characters)`,
  };
}

export function commaSeparated(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  return [...new Set(parts)].filter((part) => part !== '');
}
