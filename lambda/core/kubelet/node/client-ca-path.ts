import type { KubeletFacts } from '../../model.ts';
import { absolutePath } from '../absolute-path.ts';

/** Where a kubelet's client CA lies, as a key of what was read on its node; absent when none is set, or it is not known. Paths in drop-ins and flags count from the working directory. */
export function clientCaPath(
  { settings }: Pick<KubeletFacts, 'settings'>,
  workingDirectory: string | undefined,
): string | undefined {
  const fact = settings['authentication.x509.clientCAFile'];
  if (fact.state !== 'known' || typeof fact.value !== 'string' || fact.value === '') return undefined;
  return absolutePath(fact.value, workingDirectory) ?? fact.value;
}
