import type { Clock, Log, Random } from '../base/index.js';
import type { Directory } from '../directory/index.js';
import type { Authentication, AuthenticationRequest } from './authentication.js';
import type { Binding, BindingStore } from './binding.js';
import type { RegisterAnswer, RegisterRequest } from './register-request.js';
import type { RegistrarSettings } from './registrar-settings.js';
import type { UpstreamRegister, UpstreamTrouble } from './upstream-register.js';

export interface RegistrarOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: RegistrarSettings;
  readonly directory: Directory;
  readonly store: BindingStore;
  readonly upstream: UpstreamRegister;
  readonly log?: Log;
  /** Told when a REGISTER found the centre silent, refusing or failing. */
  readonly onUpstreamSilent?: (trouble: UpstreamTrouble) => void;
  /** Told after a binding appeared, changed or went. */
  readonly onBindings?: (username: string) => void;
}

/** Placeholder of the signatures; the strategies join it. */
export declare class Registrar {
  constructor(options: RegistrarOptions);
  load(): Promise<{ readonly restored: number; readonly expired: number }>;
  handle(request: RegisterRequest): Promise<RegisterAnswer>;
  authenticate(request: AuthenticationRequest): Authentication;
  bindingsOf(username: string): readonly Binding[];
  byToken(token: string): Binding | undefined;
  byContact(uri: string): Binding | undefined;
  all(): readonly Binding[];
  setPosture(posture: 'relay' | 'serve'): void;
  get posture(): 'relay' | 'serve';
  get queue(): { readonly waiting: number; readonly sent: number };
  stop(): void;
}
