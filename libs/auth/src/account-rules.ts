import { HoldfastError, userName } from '@holdfast/contracts';
import { AUTH_LIMITS } from './limits.ts';

/** One form for text that looks the same, however a keyboard composes it. */
export function normalisePassword(password: string): string {
  return password.normalize('NFC');
}

/** The password as it is hashed; `invalid-argument` if it is too short to be a new one. */
export function checkNewPassword(password: string): string {
  const normalised = normalisePassword(password);
  if ([...normalised].length >= AUTH_LIMITS.passwordCharacters) return normalised;
  throw new HoldfastError(
    'invalid-argument',
    `The password is too short: it needs at least ${AUTH_LIMITS.passwordCharacters} characters.`,
  );
}

export function checkUserName(user: string): void {
  const checked = userName.safeParse(user);
  if (checked.success) return;
  throw new HoldfastError(
    'invalid-argument',
    `"${user}" cannot be a user name: ${checked.error.issues[0]?.message ?? 'it is not valid'}.`,
  );
}
