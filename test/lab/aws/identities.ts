/** Long-term or session credentials, and who they stand for. */
export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly accountId: string;
  readonly principalArn: string;
  readonly session?: { readonly token: string; readonly expiresAt: number; readonly roleArn: string };
}

export interface LabCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Every access key of the lab. An access key id contains the account, as on AWS. */
export class Identities {
  readonly #byAccessKey = new Map<string, Identity>();

  add(identity: Identity): void {
    this.#byAccessKey.set(identity.accessKeyId, identity);
  }

  find(accessKeyId: string): Identity | undefined {
    return this.#byAccessKey.get(accessKeyId);
  }
}

export function credentialsOf(identity: Identity): LabCredentials {
  const { accessKeyId, secretAccessKey, session } = identity;
  return { accessKeyId, secretAccessKey, ...(session && { sessionToken: session.token }) };
}
