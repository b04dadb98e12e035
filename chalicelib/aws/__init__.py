"""The ports on AWS: DynamoDB, S3, Athena, KMS, SES. Start at world.py."""
