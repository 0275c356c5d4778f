/** Where daemons and links report what no caller sees. Loggers such as pino fit as they are. */
export interface RmiLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const ignore = (): void => {};

export const SILENT_LOG: RmiLog = { debug: ignore, info: ignore, warn: ignore, error: ignore };
