import { HoldfastError, instanceName, userName } from '@holdfast/contracts';
import { safeText } from '../display/safe-text.ts';
import { plainText } from './operand.ts';

/** A word that names an account; `invalid-argument` if no account can have that name. */
export function accountOperand(argument: string): string {
  const name = plainText(argument);
  if (userName.safeParse(name).success) return name;
  throw new HoldfastError(
    'invalid-argument',
    `No account can be called ${shown(name)}. A name begins with a small letter and goes on with small letters, digits, dots, hyphens and underscores, at most 64.`,
  );
}

/** A word that names a server; `invalid-argument` if no server can have that name. */
export function serverOperand(argument: string): string {
  const name = plainText(argument);
  if (instanceName.safeParse(name).success) return name;
  throw new HoldfastError(
    'invalid-argument',
    `No server can be called ${shown(name)}. A name has small letters, digits and hyphens, at most 63.`,
  );
}

function shown(name: string): string {
  return name === '' ? 'nothing at all' : `"${safeText(name)}"`;
}
