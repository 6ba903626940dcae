import * as z from 'zod/mini';
import { jsonOf } from '../../../model/text/json-of.ts';

/** The API server's own words about a request: a Kubernetes `Status`. */
export interface ApiStatus {
  readonly message: string;
  /** The object's name that the answer is about. */
  readonly name: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

const longestStatus = 64 * 1024;

const statusSchema = z.object({
  kind: z.literal('Status'),
  message: z.optional(z.string()),
  details: z.optional(z.object({ name: z.optional(z.string()) })),
});

/**
 * The rule for who answered a proxied request: a JSON `Status` is the API server's, everything else has passed through from the kubelet (except
 * 429). `undefined` when it is no `Status`. A kubelet could forge one: what follows from it for more than its own node needs a second opinion.
 */
export function apiStatus(answer: HttpAnswer): ApiStatus | undefined {
  if (answer.body.length > longestStatus) return undefined;

  const status = statusSchema.safeParse(jsonOf(answer.body));
  return status.success ? { message: status.data.message ?? '', name: status.data.details?.name } : undefined;
}

/** Milliseconds that a 429 asks to wait: its `retry-after`, within 1 and 60 s; one second when it names none. */
export function retryAfter({ headers }: HttpAnswer): number {
  const seconds = /^\d{1,6}$/.test(headers['retry-after'] ?? '') ? Number(headers['retry-after']) : 1;
  return Math.min(Math.max(seconds, 1), 60) * 1000;
}
