import * as z from 'zod/mini';
import type { AccountScope } from '../contract/account-scope.ts';
import { environment } from '../contract/environment.ts';
import { accountPattern, unitPattern } from '../contract/patterns.ts';
import { UsageError } from '../core/operator-error.ts';

const accountId = z.string().check(z.regex(accountPattern));
const unit = z.string().check(z.regex(unitPattern));

const accountScope: z.ZodMiniType<AccountScope> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('own') }),
  z.strictObject({ kind: z.literal('accounts'), accounts: z.array(accountId).check(z.minLength(1)) }),
  z.strictObject({ kind: z.literal('organization'), units: z.array(unit), exclude: z.array(accountId) }),
]);

/**
 * The accounts that infra wrote into the environment; the own account when it wrote nothing.
 * @throws UsageError when it is something else: nobody is audited by mistake
 */
export function accountScopeFrom(text: string | undefined): AccountScope {
  if (!text) return { kind: 'own' };

  const parsed = accountScope.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;

  const [issue] = parsed.error.issues;
  throw new UsageError(
    `${environment.accounts} '${text.slice(0, 200)}' names no accounts (${issue?.path.join('.') || 'the whole'}: ${issue?.message}); deploy the stack of the hub again`,
    { cause: parsed.error },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
