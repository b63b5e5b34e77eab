"""The table and the queues of a test, in the engines of a local stack: nobody else is fed from these."""
import json

from processes import Failure, request

DOORBELLS, NOTICES, DEAD_LETTERS = "release-doorbells.fifo", "release-notices", "release-dead-letters.fifo"
FIFO = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
REGION, ACCOUNT = "us-east-1", "000000000000"
# The table's engine asks for a signature and does not check it.
SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=local/20261120/us-east-1/any/aws4_request, SignedHeaders=host, Signature=0",
    "x-amz-date": "20261120T090000Z",
}


class Place:
    """A table and three queues, as template.yaml has them."""

    table = "release"

    def __init__(self, endpoints):
        self.sqs_url, self.dynamodb_url = endpoints["sqs"], endpoints["dynamodb"]
        self.dynamodb(
            "CreateTable",
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        self.urls = {name: self._queue(name) for name in (DOORBELLS, NOTICES, DEAD_LETTERS)}

    def _queue(self, name):
        attributes = {"VisibilityTimeout": "75"} | (FIFO if name.endswith(".fifo") else {})
        return self.sqs("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"]

    def variables(self):
        """Where functions find all this, by the names of template.yaml."""
        return {
            "TABLE_NAME": self.table,
            "DOORBELL_QUEUE_URL": self.urls[DOORBELLS],
            "NOTICES_QUEUE_URL": self.urls[NOTICES],
            "AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb_url,
            "AWS_ENDPOINT_URL_SQS": self.sqs_url,
        }

    def sqs(self, action, **parameters):
        return aws(self.sqs_url, f"AmazonSQS.{action}", parameters)

    def dynamodb(self, action, **parameters):
        return aws(self.dynamodb_url, f"DynamoDB_20120810.{action}", parameters)

    def items(self):
        """Every key of the table: few enough for one page."""
        page = self.dynamodb("Scan", TableName=self.table, ConsistentRead=True)
        if "LastEvaluatedKey" in page:
            raise Failure("the test's table has outgrown a page")
        return {(item["pk"]["S"], item["sk"]["S"]) for item in page["Items"]}

    def messages(self):
        """The keys of stored messages: `H#<ms>#<hash>`; answers and the like have a fourth part."""
        return {key for key in self.items() if key[1].startswith("H#") and key[1].count("#") == 2}

    def answers(self):
        return {key for key in self.items() if key[1].startswith("H#") and key[1].endswith("#A")}

    def received(self, queue, wait_s=0):
        """What is there now, as the records of an event."""
        found = self.sqs(
            "ReceiveMessage", QueueUrl=self.urls[queue], MaxNumberOfMessages=10, WaitTimeSeconds=wait_s, AttributeNames=["All"])
        return [record(queue, message) for message in found.get("Messages", [])]

    def delete(self, queue, receipt):
        self.sqs("DeleteMessage", QueueUrl=self.urls[queue], ReceiptHandle=receipt)

    def show_again(self, queue, receipt):
        """Makes a message visible at once, in the place of its visibility timeout."""
        self.sqs("ChangeMessageVisibility", QueueUrl=self.urls[queue], ReceiptHandle=receipt, VisibilityTimeout=0)


def record(queue, message):
    """A received message, as an event source mapping hands it over."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def aws(url, target, parameters):
    """A call of AWS's JSON protocol."""
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": target} | SIGNED
    status, answer = request(url, parameters, headers, seconds=30)
    if status != 200:
        raise Failure(f"{target} answers {status}: {answer[:300]!r}")
    return json.loads(answer or b"{}")
