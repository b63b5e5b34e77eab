"""What bare-calls.rs does, in Python: clients and reading at the start, the webhook's requests for an event."""
import concurrent.futures
import os

import boto3

dynamodb, sqs, ssm = (boto3.client(service) for service in ("dynamodb", "sqs", "ssm"))
TABLE, DOORBELLS, NOTICES = (os.environ[name] for name in ("TABLE_NAME", "DOORBELL_QUEUE_URL", "NOTICES_QUEUE_URL"))


def secrets():
    names = [f"{os.environ['SECRETS_PATH']}/{name}" for name in os.environ["SECRETS"].split(",")]
    ssm.get_parameters(Names=names, WithDecryption=True)


def look():
    dynamodb.query(
        TableName=TABLE, ConsistentRead=True, Limit=1, KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "bare"}})


with concurrent.futures.ThreadPoolExecutor(2) as both:
    for done in [both.submit(secrets), both.submit(look)]:
        done.result()


def store(what, request, said):
    dynamodb.put_item(
        TableName=TABLE, ConditionExpression="attribute_not_exists(pk)",
        Item={"pk": {"S": f"bare#{request}"}, "sk": {"S": what}, "said": {"S": said}})


def admit(request):
    dynamodb.update_item(
        TableName=TABLE, Key={"pk": {"S": f"bare#{request}"}, "sk": {"S": "admission"}}, ReturnValues="ALL_NEW",
        UpdateExpression="SET waiting = if_not_exists(waiting, :zero) + :one",
        ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}})


def handle(event, context):
    request = context.aws_request_id
    print(f"received {len(event['body'])}")
    store("message", request, event["body"])
    admit(request)
    sqs.send_message(QueueUrl=NOTICES, MessageBody=request, DelaySeconds=900)
    sqs.send_message(QueueUrl=DOORBELLS, MessageBody=request, MessageGroupId="bare", MessageDeduplicationId=request)
    store("figures", request, "acknowledged=1")
    return {"statusCode": 200}
