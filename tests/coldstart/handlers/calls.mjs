// What bare-calls.rs does, in JavaScript: clients and reading at the start, the webhook's requests for an event. The loop at the
// end is the Runtime API's; AWS's own client for it has to be compiled.
import http from "node:http";
import { DynamoDBClient, PutItemCommand, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";

const { TABLE_NAME: TableName, DOORBELL_QUEUE_URL, NOTICES_QUEUE_URL, SECRETS_PATH, SECRETS, AWS_LAMBDA_RUNTIME_API } = process.env;
const dynamodb = new DynamoDBClient({});
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
const ssm = new SSMClient({});

await Promise.all([
    ssm.send(new GetParametersCommand({ Names: SECRETS.split(",").map((name) => `${SECRETS_PATH}/${name}`), WithDecryption: true })),
    dynamodb.send(new QueryCommand({
        TableName, ConsistentRead: true, Limit: 1, KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: "bare" } },
    })),
]);

const store = (what, id, said) => dynamodb.send(new PutItemCommand({
    TableName, ConditionExpression: "attribute_not_exists(pk)",
    Item: { pk: { S: `bare#${id}` }, sk: { S: what }, said: { S: said } },
}));

const admit = (id) => dynamodb.send(new UpdateItemCommand({
    TableName, Key: { pk: { S: `bare#${id}` }, sk: { S: "admission" } }, ReturnValues: "ALL_NEW",
    UpdateExpression: "SET waiting = if_not_exists(waiting, :zero) + :one",
    ExpressionAttributeValues: { ":zero": { N: "0" }, ":one": { N: "1" } },
}));

async function handle(event, id) {
    console.log(`received ${event.body.length}`);
    await store("message", id, event.body);
    await admit(id);
    await sqs.send(new SendMessageCommand({ QueueUrl: NOTICES_QUEUE_URL, MessageBody: id, DelaySeconds: 900 }));
    await sqs.send(new SendMessageCommand({
        QueueUrl: DOORBELL_QUEUE_URL, MessageBody: id, MessageGroupId: "bare", MessageDeduplicationId: id,
    }));
    await store("figures", id, "acknowledged=1");
    return { statusCode: 200 };
}

const agent = new http.Agent({ keepAlive: true });
const ask = (method, path, body) => new Promise((resolve, reject) => {
    const url = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${path}`;
    const request = http.request(url, { method, agent }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () => resolve({ headers: answer.headers, text: Buffer.concat(parts).toString() }));
    });
    request.on("error", reject);
    request.end(body);
});
for (;;) {
    const { headers, text } = await ask("GET", "next");
    const id = headers["lambda-runtime-aws-request-id"];
    await ask("POST", `${id}/response`, JSON.stringify(await handle(JSON.parse(text), id)));
}
