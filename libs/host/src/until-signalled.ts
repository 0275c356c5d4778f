/** What asks a part to end. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Resolves with the name of the first SIGINT or SIGTERM; a second one ends the process at once. That
 * the program that this one was started by is gone, where it watches over it, counts as SIGTERM.
 */
export function untilSignalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const name of STOP_SIGNALS) process.removeListener(name, onSignal);
      process.removeListener('disconnect', onDisconnect);
      resolve(signal);
    };
    const onDisconnect = (): void => onSignal('SIGTERM');
    for (const name of STOP_SIGNALS) process.on(name, onSignal);
    process.on('disconnect', onDisconnect);
    // Only what this process serves keeps it alive.
    process.channel?.unref();
  });
}
