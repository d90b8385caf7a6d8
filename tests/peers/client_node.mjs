// Node's Kubernetes client as a command: `node client_node.mjs PACKAGE list`, or
// `node client_node.mjs PACKAGE exec|exec-stdin NAMESPACE POD COMMAND...`, with KUBECONFIG.
// stdout and stderr are the command's; the exit code is the command's, 99 for what never ran.
import { join } from 'node:path';

const [folder, action, namespace, pod, ...command] = process.argv.slice(2);
const k8s = await import(join(folder, 'dist', 'index.js'));
const config = new k8s.KubeConfig();
config.loadFromDefault();

function exitCode(status) {
    if (status.status === 'Success') {
        return 0;
    }
    const cause = (status.details?.causes ?? []).find((one) => one.reason === 'ExitCode');
    if (cause === undefined) {
        process.stderr.write(`${status.reason}: ${status.message}\n`);
        return 99;
    }
    return Number(cause.message);
}

async function exec(stdin) {
    let code = 99;
    const seen = (status) => { code = exitCode(status); };
    const run = new k8s.Exec(config);
    const socket = await run.exec(
        namespace, pod, '', command, process.stdout, process.stderr, stdin, false, seen,
    );
    if (socket.readyState !== socket.CLOSED) {
        await new Promise((resolve) => { socket.on('close', resolve); });
    }
    process.exitCode = code;
    process.stdin.destroy();
}

async function list() {
    const pods = await config.makeApiClient(k8s.CoreV1Api).listPodForAllNamespaces();
    for (const { metadata } of pods.items) {
        process.stdout.write(`${metadata.namespace}/${metadata.name}\n`);
    }
}

try {
    await (action === 'list' ? list() : exec(action === 'exec-stdin' ? process.stdin : null));
} catch (error) {
    process.stderr.write(`${error?.message ?? error}\n`);
    process.exitCode = 99;
    process.stdin.destroy();
}
