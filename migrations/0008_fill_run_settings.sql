-- Runs made before these settings existed go on as they were: with every one of them switched off.
UPDATE `runs` SET `config` = json_set(`config`,
	'$.challenger.klAnchor', 'phase-start',
	'$.challenger.targetShare', 0.5,
	'$.challenger.targetWidth', 0.5,
	'$.challenger.startFrom', 'challenger',
	'$.challenger.gateFirst', json('false'),
	'$.challenger.memoryWeight', 0,
	'$.solver.klAnchor', 'phase-start',
	'$.solver.labelWeighting', 'none',
	'$.solver.replayShare', 0,
	'$.pool.gate', json('{"selfContained":false,"nearDuplicate":null,"acrossIterations":false,"minMargin":0,"maxLuck":1,"proposerAgrees":false}'),
	'$.pool.anchors', 0,
	'$.stopOn', json('{"collapseRisk":null,"iterationsWithoutGain":null}')
);
