import { pino } from 'pino';

/** What a part tells its operator: sentences for people, fields for programs. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Writes to standard output: plain lines on a terminal, one JSON object a line elsewhere. An `error`
 * field is written with its causes and stack.
 */
export function createLog(name: string): Log {
  const options = {
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: pino.stdSerializers.errWithCause, err: pino.stdSerializers.errWithCause },
  };
  // A log that nobody reads any more must not end the server.
  process.stdout.on('error', () => {});
  return process.stdout.isTTY
    ? pino(options, { write: (line) => void process.stdout.write(plainLine(line)) })
    : pino(options, pino.destination({ fd: 1, sync: true }));
}

function plainLine(json: string): string {
  const { time, name, msg, level, err, error = err } = JSON.parse(json) as PlainLine;
  const clock = new Date(time).toTimeString().slice(0, 8);
  const mark = level >= WARN_LEVEL ? '! ' : '';
  const why = error ? ` (${error.message})` : '';
  return `${clock} ${name}  ${mark}${msg}${why}\n`;
}

const WARN_LEVEL = 40;

interface PlainLine {
  readonly time: string;
  readonly name: string;
  readonly msg: string;
  readonly level: number;
  readonly error?: { readonly message: string };
  readonly err?: { readonly message: string };
}
