import * as z from 'zod/mini';

// Facts of a node as they are read, kept between steps and written into results: one schema each, from which the types are inferred.

/**
 * The type of what a schema reads: read-only, and without the fields that a schema does not know (`z.looseObject` keeps those of newer releases).
 */
export type Model<Schema extends z.ZodMiniType> = Known<z.infer<Schema>>;
type Known<T> = T extends readonly (infer Each)[]
  ? readonly Known<Each>[]
  : T extends object
    ? { readonly [Key in keyof T as unknown extends T[Key] ? (string extends Key ? never : Key) : Key]: Known<T[Key]> }
    : T;

const text = z.string();
const count = z.int().check(z.nonnegative());
/** ISO 8601. */
export const time = z.string().check(z.maxLength(40));
/** 64 lower-case hexadecimal digits. */
export const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

export const unknownFact = z.looseObject({ state: z.literal('unknown'), because: text });

/** Permission bits (`0o644`) and owner of one file. `not-named`: the kubelet has no such flag, so there is no such file. */
const fileFact = z.discriminatedUnion('state', [
  z.looseObject({ state: z.literal('known'), path: text, mode: z.int(), owner: text, group: text }),
  z.looseObject({ state: z.literal('not-named') }),
  unknownFact,
]);
export type FileFact = Model<typeof fileFact>;

export const fileFacts = z.looseObject({ kubeconfig: fileFact, config: fileFact });
export type FileFacts = Model<typeof fileFacts>;

/** One certificate of a CA bundle: its distinguished name, printable and bounded, and the hash of its DER form. */
const caCertificate = z.looseObject({ subject: text, sha256, notAfter: time });
export type CaCertificate = Model<typeof caCertificate>;

/** The file that `authentication.x509.clientCAFile` names. */
export const caBundleFacts = z.discriminatedUnion('state', [
  z.looseObject({ state: z.literal('read'), path: text, certificates: z.array(caCertificate) }),
  z.looseObject({ state: z.literal('gone'), path: text }),
  z.looseObject({ state: z.literal('unreadable'), path: text, because: text }),
]);
export type CaBundleFacts = Model<typeof caBundleFacts>;

/** The certificate that a kubelet shows to its clients, as far as a client that verifies looks at it. */
const servingCertificate = {
  /** `port 10250` */
  at: text,
  /** Distinguished names, printable and bounded. */
  subject: text,
  issuer: text,
  /** The hash of the DER form. */
  sha256,
  notBefore: time,
  notAfter: time,
  /** Whether the cluster's CA signed it; `unknown` without that CA. */
  signedBy: z.enum(['cluster-ca', 'itself', 'another', 'unknown']),
  /** Whether its purpose is to be a server's. */
  forServers: z.boolean(),
  /** Whether it names the node, as the API server and AWS know it. */
  namesNode: z.boolean(),
  /** Whether the server proved that it holds the certificate's key. */
  keyProven: z.boolean(),
  /** Whether it is the node's own by all that is known: AWS confirms the address, or a kubelet makes such certificates. */
  isOfNode: z.boolean(),
};
/** What a connection showed; `none` when the kubelet ended the handshake since it has no certificate yet. */
export const servingCertificateFacts = z.discriminatedUnion('state', [
  z.looseObject({ state: z.literal('shown'), ...servingCertificate }),
  z.looseObject({ state: z.literal('none'), because: text, at: text, isOfNode: z.boolean() }),
]);
export type ServingCertificateFacts = Model<typeof servingCertificateFacts>;
export type ServingCertificate = Omit<Extract<ServingCertificateFacts, { state: 'shown' }>, 'state'>;

/** When something was read, and its hashes. */
export const proof = z.looseObject({
  readAt: time,
  /** The hash of the answer as it was received, before it was reduced to the allow-list. */
  sha256,
  /**
   * The hash of what is kept of a node's answer, as an evidence folder has it (docs/reports.md says how to make it again). Absent where no folder
   * keeps it.
   */
  keptSha256: z.exactOptional(sha256),
});
export type Proof = Model<typeof proof>;

/** Of a node that is not there yet: its user data, or the `file` that makes it. Parts and lines count from 1, lines in that text. */
export const userDataOrigin = z.looseObject({
  from: z.literal('user-data'),
  file: z.exactOptional(text),
  part: z.exactOptional(count),
  line: z.exactOptional(count),
  flag: z.exactOptional(text),
  /** The keys down to the value, `spec.kubelet.config.readOnlyPort`. */
  key: z.exactOptional(text),
  /** The line holds this key and its value, and nothing else. */
  alone: z.exactOptional(z.literal(true)),
});
export type UserDataOrigin = Model<typeof userDataOrigin>;
