import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { err, ok, type Result, Secret } from '../base/index.js';
import type { User } from './user.js';

/** One thing that is wrong in a users file, for the person who has to put it right. */
export interface UsersFault {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly reason: string;
  readonly remedy: string;
}

interface Field {
  readonly required: boolean;
  readonly pattern: RegExp;
  readonly wrong: string;
  readonly remedy: string;
}

/** More faults than this are not read by anybody; the file is refused either way. */
const reportedFaults = 100;

const fields: Readonly<Record<string, Field>> = {
  username: {
    required: true,
    pattern: /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]{1,64}$/,
    wrong: 'is not a SIP user name of 1 to 64 characters',
    remedy: 'use letters, digits and - _ . only',
  },
  extension: {
    required: true,
    pattern: /^[0-9]{1,15}$/,
    wrong: 'is not 1 to 15 digits',
    remedy: 'write the extension as people dial it, digits only',
  },
  did: {
    required: false,
    pattern: /^\+[1-9][0-9]{6,14}$/,
    wrong: 'is not an E.164 number',
    remedy: 'write + , the country code and the number, without spaces, e.g. "+13125550101"',
  },
  displayName: {
    required: false,
    pattern: /^[^\p{Cc}]{1,128}$/u,
    wrong: 'is not 1 to 128 printable characters',
    remedy: 'shorten it, and leave out control characters and line breaks',
  },
  classOfRestriction: {
    required: true,
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
    wrong: 'is not the name of a class',
    remedy: 'use a name from classesOfRestriction in the configuration',
  },
};

const digests: Readonly<Record<'md5' | 'sha256', number>> = { md5: 32, sha256: 64 };

/** Reads a whole file or refuses it whole; every fault is listed. `realm` stands once, at the top. */
export function parseUsers(text: string, fileName: string): Result<readonly User[], readonly UsersFault[]> {
  return new UsersReader(text, fileName).read();
}

class UsersReader {
  readonly #file: string;
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #faults: UsersFault[] = [];
  readonly #seen = {
    username: new Map<string, number>(),
    extension: new Map<string, number>(),
    did: new Map<string, number>(),
  };

  constructor(text: string, fileName: string) {
    this.#text = text;
    this.#file = fileName;
  }

  read(): Result<readonly User[], readonly UsersFault[]> {
    // The failsafe schema leaves every scalar text: an extension 0201 or an HA1 of digits alone is never a number.
    const document = parseDocument(this.#text, { schema: 'failsafe', lineCounter: this.#lines, prettyErrors: false });
    for (const error of document.errors) {
      const reason = error.code === 'DUPLICATE_KEY' ? 'the same key stands twice' : `not valid YAML: ${error.message}`;
      this.#fault(error.pos[0], reason, 'correct the line or the indentation there');
    }
    if (this.#faults.length > 0) return err(this.#faults);
    const users = isMap(document.contents) ? this.#top(document.contents) : this.#notAMap();
    return this.#faults.length > 0 ? err(this.#faults) : ok(users);
  }

  #notAMap(): readonly User[] {
    this.#fault(0, 'the file has no keys at the top', "write 'realm: …' and 'users:' with a list below it");
    return [];
  }

  #top(top: YAMLMap): readonly User[] {
    let realm: string | undefined;
    let list: readonly unknown[] | undefined;
    for (const { key, value } of top.items) {
      const name = textOf(key);
      if (name === 'realm') realm = this.#realm(key, value);
      else if (name === 'users') list = this.#list(key, value);
      else this.#fault(offsetOf(key), `unknown key '${name}'`, "only 'realm' and 'users' stand at the top");
    }
    if (realm === undefined && this.#faults.length === 0) {
      this.#fault(0, "'realm' is missing", "write the centre's digest realm, usually its domain: 'realm: example.com'");
    }
    if (list === undefined && this.#faults.length === 0)
      this.#fault(0, "'users' is missing", "add 'users:' with a list below it");
    const users: User[] = [];
    for (const item of list ?? []) {
      const user = this.#user(item, realm ?? '');
      if (user !== undefined) users.push(user);
    }
    return users;
  }

  #realm(key: unknown, value: unknown): string | undefined {
    const realm = textOf(value);
    if (realm !== undefined && /^[^"\\\p{Cc}]{1,128}$/u.test(realm)) return realm;
    this.#fault(
      offsetOf(value) || offsetOf(key),
      "'realm' is not a name",
      "write the centre's digest realm, without quotation marks inside it",
    );
    return undefined;
  }

  #list(key: unknown, value: unknown): readonly unknown[] {
    if (isSeq(value)) return value.items;
    this.#fault(
      offsetOf(key),
      "'users' is not a list",
      "start each user with '- username: …'; write 'users: []' when there is none",
    );
    return [];
  }

  #user(item: unknown, realm: string): User | undefined {
    const before = this.#faults.length;
    const at = offsetOf(item);
    if (!isMap(item)) {
      this.#fault(at, 'a user is not a set of keys', "start each user with '- username: …'");
      return undefined;
    }
    const found = new Map<string, string>();
    let ha1: User['ha1'] | undefined;
    for (const { key, value } of item.items) {
      const name = textOf(key) ?? '';
      if (name === 'ha1') ha1 = this.#ha1(offsetOf(key), value);
      else this.#field(name, key, value, found);
    }
    for (const [name, field] of Object.entries(fields)) {
      if (field.required && !found.has(name) && !item.has(name)) this.#fault(at, `'${name}' is missing`, field.remedy);
    }
    if (ha1 === undefined && !item.has('ha1')) this.#fault(at, "'ha1' is missing", 'give md5, sha256 or both');
    if (this.#faults.length > before || ha1 === undefined) return undefined;
    const did = found.get('did');
    const displayName = found.get('displayName');
    return {
      username: found.get('username') ?? '',
      extension: found.get('extension') ?? '',
      ...(did === undefined ? {} : { did }),
      ...(displayName === undefined ? {} : { displayName }),
      realm,
      ha1,
      classOfRestriction: found.get('classOfRestriction') ?? '',
    };
  }

  #field(name: string, key: unknown, value: unknown, found: Map<string, string>): void {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) {
      this.#fault(
        offsetOf(key),
        `unknown key '${name}'`,
        `known keys are ${[...Object.keys(fields), 'ha1'].join(', ')}`,
      );
      return;
    }
    const text = textOf(value);
    const at = offsetOf(value) || offsetOf(key);
    if (text === undefined || !field.pattern.test(text)) {
      this.#fault(
        at,
        `'${name}' ${field.wrong}${text === undefined || text === '' ? '' : `: ${quoted(text)}`}`,
        field.remedy,
      );
      return;
    }
    found.set(name, text);
    if (name === 'username' || name === 'extension' || name === 'did') this.#unique(name, text, at);
  }

  #unique(name: 'username' | 'extension' | 'did', text: string, at: number): void {
    const first = this.#seen[name].get(text);
    if (first === undefined) this.#seen[name].set(text, at);
    else {
      const line = this.#lines.linePos(first).line;
      this.#fault(
        at,
        `'${name}' ${quoted(text)} stands on line ${line} already`,
        `give every user a ${name} of its own`,
      );
    }
  }

  #ha1(at: number, value: unknown): User['ha1'] | undefined {
    if (!isMap(value) || value.items.length === 0) {
      this.#fault(at, "'ha1' holds no digest", "write 'md5:' and 'sha256:' below it, indented");
      return undefined;
    }
    const read: { md5?: Secret; sha256?: Secret } = {};
    for (const { key, value: digest } of value.items) {
      const name = textOf(key) ?? '';
      if (name !== 'md5' && name !== 'sha256') {
        this.#fault(offsetOf(key), `unknown key '${name}' in 'ha1'`, "known keys are 'md5' and 'sha256'");
        continue;
      }
      const length = digests[name];
      const hex = textOf(digest) ?? '';
      // The value itself is never repeated: faults are printed and logged.
      if (hex.length !== length || !/^[0-9a-fA-F]+$/.test(hex)) {
        const reason = `'ha1.${name}' is not ${length} hexadecimal digits (it has ${hex.length} characters)`;
        this.#fault(offsetOf(digest) || offsetOf(key), reason, 'copy the whole H(username:realm:password)');
      } else read[name] = new Secret(hex.toLowerCase());
    }
    return read;
  }

  #fault(offset: number, reason: string, remedy: string): void {
    if (this.#faults.length >= reportedFaults) return;
    this.#faults.push({ file: this.#file, line: Math.max(1, this.#lines.linePos(offset).line), reason, remedy });
  }
}

function textOf(node: unknown): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

function offsetOf(node: unknown): number {
  return (isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined) ?? 0;
}

function quoted(text: string): string {
  return `'${text.length > 40 ? `${text.slice(0, 40)}…` : text}'`;
}
