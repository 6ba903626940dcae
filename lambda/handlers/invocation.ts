import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { OperatorError, UsageError } from '../core/model/operator-error.ts';
import type { Gap } from '../core/run/discovery.ts';
import type { Log } from '../flow/ports.ts';
import { settingsFromEnvironment } from '../wiring/settings.ts';

/** An error under the name by which the state machine recognizes it: `Throttled` is retried, `MemberRoleMissing` is not. */
export class NamedError extends Error {
  override readonly name: string;

  /** @param code of a problem or an OperatorError, `member-role-missing` */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = code.replace(/(?:^|-)([a-z\d])/g, (_, first: string) => first.toUpperCase());
  }
}

/** Lambda passes an error's name and message to Step Functions, not its code. Invalid events and defects keep their own names. */
export async function namingErrors<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof OperatorError) || error instanceof UsageError) throw error;
    throw new NamedError(error.code, error.message, { cause: error });
  }
}

/**
 * The event, checked strictly: unknown fields are rejected, so that a typo is not silently ignored.
 * @param send what may be sent, for the person who sent something else
 * @throws UsageError
 */
export function parseEvent<T extends z.ZodMiniType>(schema: T, event: unknown, send: string): z.output<T> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;

  const sent = JSON.stringify(event)?.slice(0, 200);
  throw new UsageError(`the event ${sent} is not known; send ${send}`, { cause: parsed.error });
}

/** What the state machine hands from one function to the next. It ends up in keys of S3 objects and in logs: nothing that leads out of them. */
export const runId = z.string().check(z.regex(/^[A-Za-z0-9][\w-]{0,79}$/));

export const isoTime = z.iso.datetime();

/** The part of Lambda's context that functions with access to accounts use. */
export type HubContext = Pick<Context, 'awsRequestId' | 'invokedFunctionArn' | 'getRemainingTimeInMillis'>;

/** Time kept for judging and publishing once reading stops. */
const reserveMs = 60_000;

/** Time kept to log and to fail in order: Lambda's own timeout leaves no reason. */
const lastWordMs = 5_000;

/** Settings and limits of a function with access to accounts: when reading stops, so that what is known is still published, and when everything does. */
export function beginInvocation(context: HubContext, keys: Readonly<Record<string, string>> = {}) {
  const settings = settingsFromEnvironment(process.env);
  const left = context.getRemainingTimeInMillis();
  const deadline = new Date(Date.now() + left - Math.min(reserveMs, left / 4));
  const signal = AbortSignal.timeout(Math.max(0, Math.floor(left - Math.min(lastWordMs, left / 8))));
  const functionArn = context.invokedFunctionArn;

  return {
    settings,
    deadline,
    signal,
    invocation: { keys: { requestId: context.awsRequestId, ...keys }, env: process.env, functionArn, deadline, signal },
    /** As far as the settings name accounts: the list of an organization's units is AWS's. */
    isAudited(accountId: string): boolean {
      const { accounts } = settings.accessPath;
      if (accounts.kind === 'organization') return !accounts.exclude.includes(accountId);
      return accounts.kind === 'own' ? accountId === functionArn.split(':')[4] : accounts.accounts.includes(accountId);
    },
  };
}

/** One step with what it touches, which is closed whatever happens. */
export async function withPorts<P extends { close(): void }, T>(
  opened: P | Promise<P>,
  step: (ports: P) => Promise<T>,
): Promise<T> {
  const ports = await opened;
  try {
    return await step(ports);
  } finally {
    ports.close();
  }
}

/** The first of many, one line each, and how many more there are. */
export function logSome<T>(
  each: readonly T[],
  line: (one: T) => void,
  { most, more, fields }: { readonly most: number; readonly more: string; readonly fields?: object },
  log: Log,
) {
  for (const one of each.slice(0, most)) line(one);
  if (each.length > most) log.warn(more, { ...fields, count: each.length - most });
}

/** Gaps logged one by one; the summary in S3 names all. */
export const logGaps = (log: Log, gaps: readonly Gap[]): void =>
  logSome(
    gaps,
    ({ problem: { message, code, remedy }, ...where }) => log.warn(message, { ...where, code, remedy }),
    { most: 100, more: 'more gaps' },
    log,
  );
