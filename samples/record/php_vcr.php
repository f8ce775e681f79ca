<?php
// Writes the php-vcr samples: cURL's own exchange with server.py, in php-vcr's fields, through the YAML writer it uses.
// php-vcr itself is in no registry this was made with.
//
//     php php_vcr.php http://127.0.0.1:8765 OUT_DIR        (Debian 12: php-cli, php-curl, php-symfony-yaml)

require 'Symfony/Component/Yaml/autoload.php';

[$base, $out] = [$argv[1], $argv[2]];
foreach (json_decode(file_get_contents("$base/_plan"), true) as $n => $sample) {
    if ($sample['recorder'] !== 'php-vcr') {
        continue;
    }
    $text = '';
    foreach ($sample['requests'] as $i => $request) {
        $headers = ['Host' => parse_url($sample['host'], PHP_URL_HOST)] + $request['headers'];
        $lines = array_map(fn ($name) => "$name: {$headers[$name]}", array_keys($headers));
        $received = [];
        $curl = curl_init("$base/$n/$i{$request['path']}");
        curl_setopt_array($curl, [
            CURLOPT_CUSTOMREQUEST => $request['method'], CURLOPT_HTTPHEADER => $lines, CURLOPT_RETURNTRANSFER => true,
            CURLOPT_HEADERFUNCTION => function ($_, $line) use (&$received) {
                $pair = explode(': ', trim($line), 2);
                if (count($pair) === 2) {
                    $received[$pair[0]] = $pair[1];
                }
                return strlen($line);
            },
        ]);
        if ($request['body'] !== null) {
            curl_setopt($curl, CURLOPT_POSTFIELDS, $request['body']);
        }
        $body = curl_exec($curl);
        $info = curl_getinfo($curl);
        // What changes from run to run is left out; certinfo shows how an empty list is written.
        $kept = array_intersect_key($info, array_flip(['content_type', 'http_code', 'certinfo', 'redirect_url']));
        $url = $sample['host'] . $request['path'];
        $text .= "\n" . Symfony\Component\Yaml\Yaml::dump([[
            'request' => array_filter(['method' => $request['method'], 'url' => $url, 'headers' => $headers, 'body' => $request['body']]),
            'response' => [
                'status' => ['http_version' => '1.1', 'code' => (string) $info['http_code'], 'message' => $info['http_code'] === 200 ? 'OK' : 'Too Many Requests'],
                'headers' => $received, 'body' => $body, 'curl_info' => ['url' => $url] + $kept,
            ],
            'index' => 0,
        ]], 4);
    }
    @mkdir(dirname("$out/{$sample['file']}"));
    file_put_contents("$out/{$sample['file']}", $text);
    echo "$out/{$sample['file']}\n";
}
