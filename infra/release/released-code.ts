import { CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { Code, type CodeConfig } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** The functions' code as a file of the release, in place of an asset: who deploys needs no CDK. */
export class ReleasedCode extends Code {
  readonly isInline = false;
  readonly #file: string;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override bind(scope: Construct): CodeConfig {
    const bucketName = parameter(scope, 'CodeBucket', {
      description: 'Bucket of this Region that the files of the release were copied to',
      allowedPattern: '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]',
    });
    const prefix = parameter(scope, 'CodePrefix', {
      description: 'What comes before the names of the files there, with its slash; empty for nothing',
      allowedPattern: '([A-Za-z0-9._-]+/)*',
      default: '',
    });
    return { s3Location: { bucketName, objectKey: Fn.join('', [prefix, this.#file]) } };
  }
}

/** Made once in a stack, for any number of functions. */
function parameter(
  scope: Construct,
  name: string,
  props: { readonly description: string; readonly allowedPattern: string; readonly default?: string },
): string {
  const stack = Stack.of(scope);
  const made = stack.node.tryFindChild(name);
  return (made instanceof CfnParameter ? made : new CfnParameter(stack, name, props)).valueAsString;
}
