import { HoldfastError } from '@holdfast/contracts';
import type { HoldfastClient } from '@holdfast/sdk';
import { safeText } from '../display/safe-text.ts';
import type { CommandContext } from './context.ts';

/** The cluster, for what only administrators may do: others are told before they are asked anything. */
export async function clientOfAdministrator(context: CommandContext): Promise<HoldfastClient> {
  const client = await context.client();
  const { admin, user } = client.account;
  if (admin) return client;
  throw new HoldfastError(
    'forbidden',
    `Only administrators may do this, and ${safeText(user)} is none. Log in as one: connect -u NAME.`,
  );
}
