import type { Result } from '../base/index.js';
import type { Flow } from './binding.js';
import type { RegisterRequest } from './register-request.js';

/** Reads a REGISTER's headers; `header` gives a header's value(s) joined by commas, by long name. */
export declare function readRegister(
  requestUri: string,
  header: (name: string) => string | undefined,
  flow: Flow,
): Result<RegisterRequest, { readonly status: 400 | 416; readonly reason: string }>;
