import type { HttpAnswer } from './api-status.ts';

/** Milliseconds that a 429 asks to wait: its `retry-after`, within 1 and 60 s; one second when it names none. */
export function retryAfter({ headers }: HttpAnswer): number {
  const seconds = /^\d{1,6}$/.test(headers['retry-after'] ?? '') ? Number(headers['retry-after']) : 1;
  return Math.min(Math.max(seconds, 1), 60) * 1000;
}
