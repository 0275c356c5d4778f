import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One entry of a `limits.ts`. */
export interface Limit {
  /** As tests name it: `RMI_LIMITS.inFlightCalls`. */
  readonly name: string;
  readonly value: number;
  /** What it bounds, from the comment on it. */
  readonly reason: string;
  /** It decides how fast or how often something goes on, and nothing can fill it: `@tuning`. */
  readonly tuning: boolean;
}

/** One exported object of limits. */
export interface LimitTable {
  /** The file that it is declared in, from the root of the clone. */
  readonly file: string;
  readonly name: string;
  readonly limits: readonly Limit[];
}

/** All tables of limits of the libraries and programs, in the order of their files. */
export function readAllLimits(root: string): readonly LimitTable[] {
  return filesBelow(root, ['libs', 'apps'], (file) =>
    /\/src\/(.+\/)?limits\.ts$/.test(file),
  ).flatMap((file) => readLimits(file, readFileSync(join(root, file), 'utf8')));
}

/** The paths below these folders that a test accepts, from the root, sorted. */
export function filesBelow(
  root: string,
  folders: readonly string[],
  accepts: (file: string) => boolean,
): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !['node_modules', 'dist'].includes(entry.name)) walk(path);
      else if (entry.isFile() && accepts(path)) found.push(path);
    }
  };
  for (const folder of folders) walk(folder);
  return found.sort();
}

/**
 * The exported objects of numbers in one file. An entry is described by the comment on it, or by the
 * one on the member of that name of an interface in the same file that its declared type names.
 */
export function readLimits(file: string, source: string): readonly LimitTable[] {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const reading = { file, numbers: new Map<string, number>() };
  const tables: LimitTable[] = [];
  for (const statement of parsed.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, type, initializer } of statement.declarationList.declarations) {
      const value = initializer && withoutAssertion(initializer);
      if (!ts.isIdentifier(name) || value === undefined) continue;
      if (!ts.isObjectLiteralExpression(value)) {
        reading.numbers.set(name.text, numberOf(value, reading));
      } else if (isExported(statement)) {
        const members = membersOf(parsed, type?.getText());
        const limits = entriesOf(value, name.text, '', { ...reading, members });
        tables.push({ file, name: name.text, limits });
      }
    }
  }
  return tables;
}

/** What is known of a file while it is read. */
interface Reading {
  readonly file: string;
  readonly numbers: Map<string, number>;
}

interface TableReading extends Reading {
  /** Comments on the members of the interfaces that the declared type of the table names. */
  readonly members: ReadonlyMap<string, string>;
}

function entriesOf(
  table: ts.ObjectLiteralExpression,
  prefix: string,
  reason: string,
  reading: TableReading,
): readonly Limit[] {
  return table.properties.flatMap((property) => {
    if (!ts.isPropertyAssignment(property)) throw unreadable(property, reading);
    const key = property.name.getText();
    const name = `${prefix}.${key}`;
    const said = `${reason} ${commentOn(property) ?? reading.members.get(key) ?? ''}`.trim();
    const value = withoutAssertion(property.initializer);
    if (ts.isObjectLiteralExpression(value)) return entriesOf(value, name, said, reading);
    return {
      name,
      value: numberOf(value, reading),
      reason: said.replaceAll('@tuning', '').replace(/\s+/g, ' ').trim(),
      tuning: said.includes('@tuning'),
    };
  });
}

function membersOf(parsed: ts.SourceFile, type: string = ''): ReadonlyMap<string, string> {
  const named = type.split(/\W+/);
  const members = parsed.statements
    .filter(ts.isInterfaceDeclaration)
    .filter(({ name }) => named.includes(name.text))
    .flatMap((each) => each.members);
  return new Map(members.map((member) => [member.name?.getText() ?? '', commentOn(member) ?? '']));
}

/** The text of the comment on a node, without its frame. */
function commentOn(node: ts.Node): string | undefined {
  const comment = ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc);
  return comment?.getText().replace(/^\/\*\*|\*\/$|^\s*\*(?!\/)/gm, '');
}

function numberOf(value: ts.Expression, reading: Reading): number {
  if (ts.isNumericLiteral(value)) return Number(value.text);
  if (ts.isParenthesizedExpression(value)) return numberOf(value.expression, reading);
  if (ts.isIdentifier(value)) {
    const known = reading.numbers.get(value.text);
    if (known !== undefined) return known;
  }
  if (ts.isBinaryExpression(value)) {
    const combine = OPERATORS[value.operatorToken.getText()];
    if (combine) return combine(numberOf(value.left, reading), numberOf(value.right, reading));
  }
  throw unreadable(value, reading);
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '**': (a, b) => a ** b,
};

function withoutAssertion(value: ts.Expression): ts.Expression {
  return ts.isAsExpression(value) || ts.isSatisfiesExpression(value) ? value.expression : value;
}

function isExported(statement: ts.VariableStatement): boolean {
  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function unreadable(node: ts.Node, { file }: Reading): Error {
  return new Error(
    `"${node.getText()}" in ${file} is no number that can be read; write one, or a product of numbers.`,
  );
}
