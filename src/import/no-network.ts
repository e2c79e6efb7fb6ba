/** Why nothing is read from a file that is of none of the forms in which networks are described. */
export const NO_NETWORK =
  'describes no network: it should be what "aws ec2 describe-…" prints, the JSON of a Terraform plan or state, or a CloudFormation template';
