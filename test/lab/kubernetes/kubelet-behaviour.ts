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
  /** 503 after 10 s. */
  | { readonly kind: 'tls-handshake-timeout'; readonly afterMilliseconds?: number }
  /** 503 after 45 s. */
  | { readonly kind: 'connection-lost'; readonly afterMilliseconds?: number }
  | { readonly kind: 'self-signed' }
  | { readonly kind: 'no-serving-certificate' }
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
  | { readonly kind: 'no-address' }
  | { readonly kind: 'address-not-allowed' }
  /** Whatever it is when it is asked. */
  | { readonly kind: 'live'; readonly now: () => KubeletBehaviour }
  /** The API server's text 429 some times, then something else. */
  | {
      readonly kind: 'too-many-requests';
      readonly times: number;
      readonly retryAfterSeconds?: number;
      readonly then: KubeletBehaviour;
    };

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

/** The reaction of this behaviour; `asked` counts the requests that the node has seen before. */
export function reactionOf(
  behaviour: KubeletBehaviour,
  node: { readonly name: string; readonly address: string },
  asked: number,
): Reaction {
  const recorded = (file: string, replacements: Readonly<Record<string, string>> = {}): Reaction => ({
    do: 'answer',
    answer: recordedAnswer(file, replacements),
  });
  const late = (file: string, afterMilliseconds: number, from?: string): Reaction => ({
    do: 'answer',
    answer: recordedAnswer(file, from === undefined ? {} : { [from]: node.address }),
    afterMilliseconds,
  });

  switch (behaviour.kind) {
    case 'serves':
      return { do: 'answer', answer: { ...goodAnswer(), body: behaviour.body } };
    case 'answers':
      return {
        do: 'answer',
        answer: {
          ...goodAnswer(),
          status: behaviour.status,
          headers: { 'content-type': behaviour.contentType },
          body: behaviour.body,
        },
      };
    case 'recorded':
      return recorded(`kubelets/${behaviour.folder}/configz-through-api-server.http`);
    case 'kubelet-refuses':
      return recorded('kubelets/no-ca-anonymous-off/configz-through-api-server.http');
    case 'kubelet-refuses-anonymous':
      return recorded('kubelets/no-ca-anonymous-on-webhook/configz-through-api-server.http');
    case 'kubelet-denies':
      return recorded('kubelets/no-ca-anonymous-on-webhook/configz-through-api-server.http', {
        'system:anonymous': 'kube-apiserver-kubelet-client',
      });
    case 'authorization-error':
      return {
        do: 'answer',
        answer: textAnswer(
          500,
          'Authorization error (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource(s)=[configz proxy])\n',
        ),
      };
    case 'handlers-off':
      return recorded('kubelets/debugging-handlers-off/configz-through-api-server.http');
    case 'refused':
      return recorded('api-server-answers/kubelet-down.http', { '10.99.0.15': node.address });
    case 'io-timeout':
      return late('api-server-answers/blackhole.http', behaviour.afterMilliseconds ?? 30_000, '10.99.9.9');
    case 'tls-handshake-timeout':
      return late('api-server-answers/kubelet-hung.http', behaviour.afterMilliseconds ?? 10_000);
    case 'connection-lost':
      return late('api-server-answers/kubelet-hung-pooled-connection.http', behaviour.afterMilliseconds ?? 45_000);
    case 'self-signed':
      return recorded('api-server-answers/selfsigned-kubelet-cert-verified.http', { '10.99.0.18': node.address });
    case 'no-serving-certificate':
      return recorded('api-server-answers/kubelet-down.http', {
        'dial tcp 10.99.0.15:10250: connect: connection refused': 'remote error: tls: internal error',
      });
    case 'hangs':
      return { do: 'hang' };
    case 'stalls':
      return { do: 'stall' };
    case 'endless':
      return { do: 'stream-forever' };
    case 'garbage':
      return { do: 'answer', answer: { ...goodAnswer(), body: '{"kubeletconfig":{"authentication":\u0000<html>' } };
    case 'cut':
      return { do: 'cut' };
    case 'gone':
      return recorded('api-server-answers/node-not-found.http', { 'no-such-node': node.name });
    case 'no-address':
      return recorded('api-server-answers/no-address.http');
    case 'address-not-allowed':
      return recorded('api-server-answers/loopback-address.http');
    case 'live':
      return reactionOf(behaviour.now(), node, asked);
    case 'too-many-requests': {
      if (asked >= behaviour.times) return reactionOf(behaviour.then, node, asked - behaviour.times);
      return { do: 'answer', answer: tooManyRequests(behaviour.retryAfterSeconds) };
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
