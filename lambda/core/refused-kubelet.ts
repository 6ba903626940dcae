import type { KubeletFacts, ReadFailure } from './model.ts';

/**
 * The facts that another source read of a kubelet that did not believe the API server. With no client CA set that needs no word; with one set,
 * something is wrong that these facts do not show, and a note says what it may be.
 */
export function afterRefusal(facts: KubeletFacts, failures: readonly ReadFailure[]): KubeletFacts {
  const refused = failures.some(({ kind }) => kind === 'kubelet-refused');
  const clientCa = facts.settings['authentication.x509.clientCAFile'];
  const isSet = clientCa.state === 'known' && clientCa.value !== undefined && clientCa.value !== '';

  return refused && isSet ? { ...facts, notes: [...facts.notes, note(facts)] } : facts;
}

function note({ via }: KubeletFacts): string {
  const otherCa = 'that may not be the CA that signs the API server’s client certificate';
  const edited = via === 'ssm' ? ', or it was not restarted since its files were edited' : '';
  return `its kubelet refused the API server although a client CA is set: ${otherCa}${edited}`;
}
