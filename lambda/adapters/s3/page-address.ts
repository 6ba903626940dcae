import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { OperatorError } from '../../core/model/operator-error.ts';
import { awsErrorName, awsErrorText } from '../aws-access.ts';

interface PageObject {
  readonly bucket: string;
  readonly key: string;
  /** Until the address ends; that of credentials which end sooner ends with them. */
  readonly seconds: number;
}

/**
 * An https address that lets anyone who has it read this one object until it expires, with the rights of these credentials.
 * @throws OperatorError `page-unreadable` when they may not read it, or it is not there. IAM: s3:GetObject.
 */
export async function signedAddress(client: S3Client, { bucket, key, seconds }: PageObject): Promise<string> {
  const object = { Bucket: bucket, Key: key };
  try {
    await client.send(new HeadObjectCommand(object));
  } catch (error) {
    // HEAD has no body: the name of the status is all that S3 says.
    const what = ['NotFound', 'NoSuchKey'].includes(awsErrorName(error)) ? 'it is not there' : awsErrorText(error);
    throw new OperatorError(
      'page-unreadable',
      `s3://${bucket}/${key} cannot be read: ${what}; give the run of this bucket, in its Region, with credentials that have s3:GetObject on it`,
      { cause: error },
    );
  }
  return await getSignedUrl(client, new GetObjectCommand(object), { expiresIn: seconds });
}
