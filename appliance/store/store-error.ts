/** What went wrong with the disk, in words that say what to do. */
export type StoreErrorCode = 'locked' | 'disk-full' | 'corrupted' | 'read-only' | 'io' | 'closed' | 'newer';

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'StoreError';
    this.code = code;
  }
}

const systemErrors: readonly (readonly [RegExp, StoreErrorCode, string])[] = [
  [/no space left|ENOSPC|disk quota/i, 'disk-full', 'the disk is full: free some space; writing resumes by itself'],
  [
    /read-only file system|EROFS/i,
    'read-only',
    'the file system is read-only: check the disk (dmesg) and mount it writable',
  ],
  [/corrupt|checksum mismatch|bad record/i, 'corrupted', 'the database is damaged'],
];

/** Names an error of LevelDB or of the file system. */
export function storeErrorOf(thrown: unknown, directory: string): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const texts: string[] = [];
  const codes: string[] = [];
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    texts.push(error.message);
    if ('code' in error && typeof error.code === 'string') codes.push(error.code);
  }
  const text = texts.join(': ');
  if (codes.includes('LEVEL_LOCKED')) {
    const advice = 'another Holdfast controller runs on it: stop that one, or configure another store directory';
    return new StoreError('locked', `${directory} is in use: ${advice}`, thrown);
  }
  for (const [pattern, code, advice] of systemErrors) {
    if (pattern.test(text) || (code === 'corrupted' && codes.includes('LEVEL_CORRUPTION'))) {
      return new StoreError(code, `${directory}: ${advice} (${text})`, thrown);
    }
  }
  if (codes.includes('LEVEL_DATABASE_NOT_OPEN') && texts.length === 1) {
    return new StoreError('closed', `${directory}: the store is closed`, thrown);
  }
  return new StoreError('io', `${directory}: cannot be read or written (${text || String(thrown)})`, thrown);
}
