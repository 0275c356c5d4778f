import * as z from 'zod';

/**
 * The same schema, for values of which there are very many: what `isFine` knows to be valid is taken as
 * it is, and the schema is only asked about the rest. So `isFine` may doubt what is valid, but must never
 * let pass what is not. Members that the schema does not know stay where they are.
 */
export function quickly<T>(
  schema: z.ZodType<T>,
  isFine: (value: unknown) => value is T,
): z.ZodType<T> {
  return z.transform((value: unknown, context): T => {
    if (isFine(value)) return value;
    const { data, error } = schema.safeParse(value);
    if (!error) return data;
    for (const issue of error.issues) context.issues.push({ ...issue, input: value } as never);
    return z.NEVER;
  }) as unknown as z.ZodType<T>;
}
