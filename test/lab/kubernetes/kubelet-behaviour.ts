import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { compactJsonAnswer, type HttpAnswer, recordedAnswer, textAnswer } from '../wire/http-answer.ts';

/** How a node's kubelet, or the way to it, answers a proxied configz. */
export type KubeletBehaviour =
  /** 200 with exactly this body. */
  | { readonly kind: 'serves'; readonly body: string }
  /** Exactly this answer, whatever it pretends to be. */
  | { readonly kind: 'answers'; readonly status: number; readonly contentType: string; readonly body: string }
  /** As the kubelet of `test/fixtures/kubelets/<folder>` answered through the API server. */
  | { readonly kind: 'recorded'; readonly folder: string }
  /** The kubelet's text 401: no client CA, or not the one that signed the API server's certificate. */
  | { readonly kind: 'kubelet-refuses' }
  /** The kubelet's text 403 for `system:anonymous`: no client CA, anonymous on. */
  | { readonly kind: 'kubelet-refuses-anonymous' }
  /** The kubelet's text 403 for a user that it knows by certificate. */
  | { readonly kind: 'kubelet-denies' }
  /** The kubelet's text 500: it could not ask for a decision. */
  | { readonly kind: 'authorization-error' }
  | { readonly kind: 'handlers-off' }
  | { readonly kind: 'refused' }
  /** 503 after 30 s. */
  | { readonly kind: 'io-timeout'; readonly afterMilliseconds?: number }
  /** Its certificate is its own: an API server that verifies refuses it, another one answers. */
  | { readonly kind: 'self-signed' }
  | { readonly kind: 'self-signed-not-verified' }
  /** Its signing request waits for approval. */
  | { readonly kind: 'certificate-pending' }
  /** Never answers. */
  | { readonly kind: 'hangs' }
  /** 200 and the beginning of an answer, then nothing more. */
  | { readonly kind: 'stalls' }
  /** 200 and a JSON object that never ends. */
  | { readonly kind: 'endless' }
  /** 200 application/json that is no JSON. */
  | { readonly kind: 'garbage' }
  /** Cuts the connection in the middle of the answer. */
  | { readonly kind: 'cut' }
  /** Listed, and then not found. */
  | { readonly kind: 'gone' }
  /** Whatever it is when it is asked. */
  | { readonly kind: 'live'; readonly now: () => KubeletBehaviour };

/** What the server does with a request: an answer, perhaps late, or one of the ways to give none. */
export type Reaction =
  | { readonly do: 'answer'; readonly answer: HttpAnswer; readonly afterMilliseconds?: number }
  | { readonly do: 'hang' | 'stall' | 'stream-forever' | 'cut' };

/** A configz answer of this configuration; what it does not set is that of `file-sets-ca`, a good node. */
export function servesConfigz(config: Readonly<Record<string, unknown>>): KubeletBehaviour {
  const good: { kubeletconfig: Record<string, unknown> } = JSON.parse(
    recordedAnswer('kubelets/file-sets-ca/configz-through-api-server.http').body,
  );
  return { kind: 'serves', body: JSON.stringify({ kubeletconfig: { ...good.kubeletconfig, ...config } }) };
}

/** What the API server answered for such a kubelet, and what in it is of the node that was recorded. */
const recordings = {
  'kubelet-refuses': ['kubelets/no-ca-anonymous-off/configz-through-api-server'],
  'kubelet-refuses-anonymous': ['kubelets/no-ca-anonymous-on-webhook/configz-through-api-server'],
  'kubelet-denies': ['kubelets/no-ca-anonymous-on-webhook/configz-through-api-server', 'system:anonymous'],
  'handlers-off': ['kubelets/debugging-handlers-off/configz-through-api-server'],
  refused: ['api-server-answers/kubelet-down', '10.99.0.15'],
  'io-timeout': ['api-server-answers/blackhole', '10.99.9.9'],
  'self-signed': ['api-server-answers/selfsigned-kubelet-cert-verified', '10.99.0.18'],
  'self-signed-not-verified': ['api-server-answers/selfsigned-kubelet-cert-not-verified'],
  gone: ['api-server-answers/node-not-found', 'no-such-node'],
} as const satisfies Readonly<Record<string, readonly [file: string, from?: string]>>;

export function reactionOf(
  behaviour: KubeletBehaviour,
  node: { readonly name: string; readonly address: string },
): Reaction {
  const answer = (answered: Partial<HttpAnswer>): Reaction => ({
    do: 'answer',
    answer: { ...goodAnswer(), ...answered },
  });

  switch (behaviour.kind) {
    case 'serves':
      return answer({ body: behaviour.body });
    case 'answers': {
      const { status, contentType, body } = behaviour;
      return answer({ status, headers: { 'content-type': contentType }, body });
    }
    case 'recorded':
      return answer(recordedAnswer(`kubelets/${behaviour.folder}/configz-through-api-server.http`));
    case 'authorization-error':
      return answer(
        textAnswer(
          500,
          'Authorization error (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource(s)=[configz proxy])\n',
        ),
      );
    case 'certificate-pending': {
      // As the API server of 1.34.9 says it of a kubelet that ends the handshake (docs/tls.md).
      const dialled = 'dial tcp 10.99.0.15:10250: connect: connection refused';
      return answer(
        recordedAnswer('api-server-answers/kubelet-down.http', { [dialled]: 'remote error: tls: internal error' }),
      );
    }
    case 'hangs':
      return { do: 'hang' };
    case 'stalls':
      return { do: 'stall' };
    case 'endless':
      return { do: 'stream-forever' };
    case 'garbage':
      return answer({ body: '{"kubeletconfig":{"authentication":\u0000<html>' });
    case 'cut':
      return { do: 'cut' };
    case 'live':
      return reactionOf(behaviour.now(), node);
    default: {
      const { kind } = behaviour;
      const [file, from]: readonly [string, string?] = recordings[kind];
      const to = { 'kubelet-denies': 'kube-apiserver-kubelet-client', gone: node.name }[String(kind)] ?? node.address;
      const recorded = recordedAnswer(`${file}.http`, from === undefined ? {} : { [from]: to });
      if (kind !== 'io-timeout') return answer(recorded);
      return { do: 'answer', answer: recorded, afterMilliseconds: behaviour.afterMilliseconds ?? 30_000 };
    }
  }
}

/** The API server's 429, by Priority and Fairness. */
export function tooManyRequests(retryAfterSeconds = 1): HttpAnswer {
  const answer = recordedAnswer('api-server-answers/apf-429-list-nodes.http');
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfterSeconds) } };
}

function goodAnswer(): HttpAnswer {
  const { headers } = compactJsonAnswer(null);
  return { status: 200, headers: { ...headers, 'x-content-type-options': 'nosniff' }, body: '' };
}

const endlessChunk = Buffer.from(`"${'x'.repeat(64)}":true,`.repeat(1000));

/** The API server packs what is longer, fast rather than small, for who says `gzip` (kubernetes `endpoints/handlers/responsewriters`). */
const packedFrom = 128 * 1024;

/** Performs it, and returns the status that the client sees; 0 for none. `mayPack`: the client takes gzip, and the body is the API server's own. */
export function perform(reaction: Reaction, response: ServerResponse, mayPack = false): number {
  if (reaction.do === 'hang') return 0;
  if (reaction.do === 'answer') {
    const { status, headers, body } = reaction.answer;
    const packed = mayPack && Buffer.byteLength(body) > packedFrom ? gzipSync(body, { level: 1 }) : undefined;
    response.writeHead(status, {
      'audit-id': randomUUID(),
      ...headers,
      ...(packed && { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }),
      'content-length': packed?.length ?? Buffer.byteLength(body),
    });
    response.end(packed ?? body);
    return status;
  }

  response.writeHead(200, { 'audit-id': randomUUID(), 'content-type': 'application/json' });
  response.write('{"kubeletconfig":{"featureGates":{');
  if (reaction.do === 'cut') response.socket?.end();
  if (reaction.do === 'stream-forever') {
    const pour = (): void => {
      while (!response.destroyed && response.write(endlessChunk));
    };
    response.on('drain', pour);
    pour();
  }
  return 200;
}
