import { createECDH, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { integer, sequence } from '../../kubernetes/der.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import { regionalArn } from '../partition.ts';
import { admits, type ResourcePolicy } from '../resource-policy.ts';

export interface LabKeyOptions {
  readonly accountId: string;
  readonly region: string;
  readonly id?: string;
  /** What `CreateKey` calls it; `ECC_NIST_P256` signs by `ECDSA_SHA_256` only. */
  readonly keySpec?: keyof typeof specs;
  readonly keyUsage?: 'SIGN_VERIFY' | 'KEY_AGREEMENT';
  readonly enabled?: boolean;
  /** The key's policy: whether it lets this principal make this call. By default every principal of the account may. */
  readonly allows?: (call: LabCall) => boolean;
}

/** A key's policy as the lab enforces it: KMS sends the algorithm and the kind of message of `Sign`. */
export const byKeyPolicy =
  (policy: ResourcePolicy): NonNullable<LabKeyOptions['allows']> =>
  ({ principalArn, operation, input }) => {
    // A session's role; any other principal is itself.
    const role = principalArn.replace(/^(arn:[\w-]+):sts(::\d{12}:)assumed-role\/([^/]+)\/.*$/, '$1:iam$2role/$3');
    const caller = { account: role.split(':')[4] ?? '', arns: [role] };
    const context = {
      ...(input['SigningAlgorithm'] !== undefined && { 'kms:SigningAlgorithm': String(input['SigningAlgorithm']) }),
      ...(operation === 'Sign' && { 'kms:MessageType': String(input['MessageType'] ?? 'RAW') }),
    };
    return admits(policy, { caller, action: `kms:${operation}`, resource: '*', context });
  };

export type LabKey = { readonly arn: string; readonly publicKey: KeyObject };

interface Key extends LabKey, Required<Omit<LabKeyOptions, 'id'>> {
  readonly privateKey: KeyObject;
}

/** Source: KMS API reference, Sign (SigningAlgorithm) and GetPublicKey (SigningAlgorithms). */
const specs = {
  ECC_NIST_P256: { curve: 'prime256v1', algorithm: 'ECDSA_SHA_256', digestBytes: 32 },
  ECC_NIST_P384: { curve: 'secp384r1', algorithm: 'ECDSA_SHA_384', digestBytes: 48 },
} as const;

/** KMS: asymmetric keys that sign. Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html and API_GetPublicKey.html. */
export class KmsService extends LabService {
  readonly name = 'kms';
  readonly #keys = new Map<string, Key>();

  createKey(options: LabKeyOptions): LabKey {
    const { accountId, region, keySpec = 'ECC_NIST_P256', keyUsage = 'SIGN_VERIFY', enabled = true } = options;
    const { id = randomUUID(), allows = (call: LabCall) => call.accountId === accountId } = options;
    const arn = regionalArn('kms', { accountId, region }, `key/${id}`);
    const pair = generateKeyPairSync('ec', { namedCurve: specs[keySpec].curve });
    const key = { arn, accountId, region, keySpec, keyUsage, enabled, allows, ...pair };
    this.#keys.set(arn, key);
    return key;
  }

  publicKey(arn: string): KeyObject {
    const key = this.#keys.get(arn);
    if (!key) throw new Error(`the lab has no key ${arn}`);
    return key.publicKey;
  }

  override async handle(call: LabCall): Promise<unknown> {
    const key = this.#keyOf(call);
    if (!key.allows(call))
      throw new LabError(
        'AccessDeniedException',
        `User: ${call.principalArn} is not authorized to perform: kms:${call.operation} on resource: ${key.arn} because no resource-based policy allows the kms:${call.operation} action`,
      );
    if (!key.enabled) throw new LabError('DisabledException', `${key.arn} is disabled.`);
    return super.handle(call);
  }

  readonly operations = {
    GetPublicKey: (call: LabCall) => {
      const { arn, keySpec, keyUsage, publicKey } = this.#keyOf(call);
      return {
        KeyId: arn,
        KeySpec: keySpec,
        CustomerMasterKeySpec: keySpec,
        KeyUsage: keyUsage,
        PublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
        ...(keyUsage === 'SIGN_VERIFY' && { SigningAlgorithms: [specs[keySpec].algorithm] }),
      };
    },
    Sign: (call: LabCall) => {
      const key = this.#keyOf(call);
      return { KeyId: key.arn, ...signed(key, call.input) };
    },
  };

  #keyOf({ input, accountId, region }: LabCall): Key {
    const id = String(input['KeyId']);
    const arn = id.startsWith('arn:') ? id : regionalArn('kms', { accountId, region }, `key/${id}`);
    const key = this.#keys.get(arn);
    // Of another Region, KMS knows no key.
    if (!key || key.region !== region) throw new LabError('NotFoundException', `Key '${arn}' does not exist`);
    return key;
  }
}

function signed(key: Key, input: LabCall['input']): { readonly Signature: string; readonly SigningAlgorithm: string } {
  const { algorithm, digestBytes } = specs[key.keySpec];
  const { MessageType: type = 'RAW', SigningAlgorithm: asked, Message: message } = input;
  if (key.keyUsage !== 'SIGN_VERIFY' || asked !== algorithm)
    throw new LabError(
      'InvalidKeyUsageException',
      `${key.arn} of usage ${key.keyUsage} and spec ${key.keySpec} is not valid for Sign by ${String(asked)}.`,
    );
  if (type !== 'DIGEST')
    throw new LabError('NotImplemented', `the lab's kms signs digests only, not ${String(type)}`, 501);
  const digest = Buffer.from(String(message), 'base64');
  if (digest.length !== digestBytes)
    throw new LabError('ValidationException', `Digest is invalid length for algorithm ${algorithm}.`);
  if (key.keySpec !== 'ECC_NIST_P256') throw new LabError('NotImplemented', `the lab's kms signs by P-256 only`, 501);

  return { Signature: ecdsaP256(key.privateKey, digest).toString('base64'), SigningAlgorithm: algorithm };
}

/** The order of the group of P-256. Source: SEC 2, 2.4.2. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** ECDSA (SEC 1, 4.1.3) of a digest that was made elsewhere, in DER: node:crypto signs messages only. */
function ecdsaP256(privateKey: KeyObject, digest: Buffer): Buffer {
  const { d = '' } = privateKey.export({ format: 'jwk' });
  const secret = BigInt(`0x${Buffer.from(d, 'base64url').toString('hex')}`);
  for (;;) {
    const once = BigInt(`0x${randomBytes(32).toString('hex')}`) % order;
    if (once === 0n) continue;
    const curve = createECDH('prime256v1');
    curve.setPrivateKey(bytesOf(once));
    const r = BigInt(`0x${curve.getPublicKey('hex').slice(2, 66)}`) % order;
    const s = (inverse(once) * ((BigInt(`0x${digest.toString('hex')}`) + r * secret) % order)) % order;
    if (r !== 0n && s !== 0n) return sequence(integer(bytesOf(r)), integer(bytesOf(s)));
  }
}

/** By Fermat: the order is a prime. */
function inverse(value: bigint): bigint {
  let [result, base, exponent] = [1n, value % order, order - 2n];
  while (exponent > 0n) {
    if (exponent % 2n === 1n) result = (result * base) % order;
    base = (base * base) % order;
    exponent /= 2n;
  }
  return result;
}

const bytesOf = (number: bigint): Buffer => Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
