import type { Place, Problem } from '../../core/model.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { RunMemory } from '../../core/ports.ts';

/** What is not remembered is held back a run longer: a problem, and no reason to lose what was written. */
export async function writeMemory(
  memory: RunMemory | undefined,
  { place, cluster, value }: { readonly place: Place; readonly cluster: string; readonly value: object },
): Promise<readonly Problem[]> {
  try {
    await memory?.write(place, cluster, value);
    return [];
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return [
      {
        code: error.code,
        message: error.message,
        remedy: 'fix what the message names; until then a node that cannot be read keeps its last proven status longer',
      },
    ];
  }
}
