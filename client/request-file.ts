/**
 * Reads a request from a YAML or JSON file. A template file that the request names is sent inline: the worker has no access to
 * the disk on which the request was written.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument, visit } from 'yaml';
import { ExitCode } from '../contract/exit-codes.ts';
import { describeProblems } from '../contract/problem.ts';
import { parseRequest } from '../contract/request.ts';
import { CommandError } from './command-error.ts';

/** The wildcard of rules is what YAML's aliases begin with. */
const QUOTE_IT = "If it is the wildcard of a rule, put it in quotes: match: '*-audit'";

export interface RequestFile {
  /** As the workflow takes it; checked, with nothing filled in. */
  readonly request: object;
  readonly cluster: string;
}

/** Refuses with every problem of the file at once. `-` is standard input. */
export async function readRequestFile(file: string): Promise<RequestFile> {
  const text = await readText(file, 'The request');
  const request = await asSent(valueOf(text, file), file);
  const parsed = parseRequest(request);
  if (parsed.kind === 'invalid')
    throw refused(`${file} cannot be used; nothing was created or changed.\n${describeProblems(parsed.problems)}`);
  return { request: request as object, cluster: parsed.request.cluster };
}

function valueOf(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: true, lineCounter: lines });
  const problems = document.errors.map(({ code, message }) =>
    code === 'BAD_ALIAS' ? `${message.trimEnd()}\n${QUOTE_IT}` : message,
  );
  // To YAML an alias without its anchor is well-formed; it says so only when the value is asked for.
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
      problems.push(
        `*${alias.source} at line ${line}, column ${col} is the name of something that the file does not have.\n${QUOTE_IT}`,
      );
    },
  });
  if (problems.length > 0) throw refused(`${file} is neither YAML nor JSON:\n${problems.join('\n')}`);
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw refused(
      `${file} cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}. Write it without aliases.`,
    );
  }
}

/** What only the command knows is taken out: `$schema` is for editors, and `green.templateFile` becomes `green.templateBody`. */
async function asSent(written: unknown, file: string): Promise<unknown> {
  const request = without(written, '$schema');
  const green = field(request, 'green');
  const templateFile = field(green, 'templateFile');
  if (typeof templateFile !== 'string') return request;
  const folder = file === '-' ? process.cwd() : dirname(file);
  const templateBody = await readText(resolve(folder, templateFile), 'green.templateFile');
  return { ...(request as object), green: { ...(without(green, 'templateFile') as object), templateBody } };
}

function without(value: unknown, name: string): unknown {
  if (field(value, name) === undefined) return value;
  const { [name]: _, ...rest } = value as Record<string, unknown>;
  return rest;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

async function readText(file: string, what: string): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8');
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw refused(`${what} cannot be read from ${file} (${why}). Check the path.`);
  }
}

function refused(message: string): CommandError {
  return new CommandError(ExitCode.Refused, message);
}
