import { HoldfastError } from '@holdfast/contracts';

/** What a person is told of an error: a sentence, and for a defect where to look. */
export function errorSentence(error: unknown): string {
  if (!(error instanceof HoldfastError)) {
    const message = error instanceof Error ? error.message : String(error);
    return `This should not have happened: ${message}. Please report it; with HOLDFAST_DEBUG=1 the place is shown.`;
  }
  const sentence = error.message.replace(/([^.!?])$/, '$1.');
  if (error.code === 'internal' && error.correlationId !== '') {
    return `${sentence} The frontend's log names it ${error.correlationId}.`;
  }
  return sentence;
}

/** The same for a script, as one line of JSON. */
export function errorJson(error: unknown): string {
  const known = error instanceof HoldfastError;
  const { code, details, correlationId } = known ? error : new HoldfastError('internal', '');
  const message = errorSentence(error);
  return JSON.stringify({
    error: { code, message, details, ...(correlationId !== '' && { correlationId }) },
  });
}
