/** A service that cannot use its configuration. */
for (let line = 1; line <= 30; line++) process.stderr.write(`line ${line}\n`);
process.stderr.write(`rzero: RZERO_MODEL is "${process.env.RZERO_MODEL}"; there is no such folder\n`);
process.exitCode = 3;
