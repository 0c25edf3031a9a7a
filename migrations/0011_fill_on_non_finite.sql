-- Runs made before this setting existed go on as they were: a step that is rejected is followed by the next one.
UPDATE `runs` SET `config` = json_set(`config`, '$.onNonFinite', 'skip');
