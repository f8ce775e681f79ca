# Records the ruby-vcr samples from server.py with the VCR that is installed.
#
#     ruby ruby_vcr.rb http://127.0.0.1:8765 OUT_DIR
require "fileutils"
require "json"
require "net/http"
require "vcr"
require "yaml"

BASE, OUT = ARGV
CLOCK = Time.at(1_760_000_000).utc

VCR.configure do |vcr|
  vcr.hook_into :webmock
  vcr.allow_http_connections_when_no_cassette = true
  # A fixed clock, and the provider's host where the local server's is.
  vcr.before_record do |one|
    one.recorded_at = CLOCK
    one.request.uri = one.request.uri.sub(%r{\A#{BASE}/\d+/\d+/}, "#{$sample["host"]}/")
    local, host = [BASE, $sample["host"]].map { |url| URI(url).then { |uri| uri.port == 443 ? uri.host : "#{uri.host}:#{uri.port}" } }
    one.request.headers.each_value { |values| values.map! { |value| value == local ? host : value } }
  end
end

def send_request(url, request)
  uri = URI(url)
  http = Net::HTTPGenericRequest.new(request["method"], !request["body"].nil?, true, uri, request["headers"])
  http.body = request["body"]
  Net::HTTP.start(uri.host, uri.port) { |connection| connection.request(http) }
end

# VCR before 2.0 dumped its own structs; the current Psych writes them alike.
module VCR
  module Old
    HTTPInteraction = Struct.new(:request, :response)
    Request = Struct.new(:method, :uri, :body, :headers)
    Response = Struct.new(:status, :headers, :body, :http_version)
    ResponseStatus = Struct.new(:code, :message)
  end
end

def structs(interactions)
  old = interactions.map do |one|
    request, response = one.values_at("request", "response")
    status = VCR::Old::ResponseStatus.new(response["status"]["code"], response["status"]["message"])
    VCR::Old::HTTPInteraction.new(
      VCR::Old::Request.new(request["method"].to_sym, request["uri"].sub(%r{(?<=\w)/}, ":443/"), request["body"]["string"],
                            request["headers"].transform_keys(&:downcase)),
      VCR::Old::Response.new(status, response["headers"].transform_keys(&:downcase), response["body"]["string"], "1.1")
    )
  end
  YAML.dump(old).gsub("VCR::Old::", "VCR::")
end

JSON.parse(Net::HTTP.get(URI("#{BASE}/_plan"))).each_with_index do |sample, n|
  next unless sample["recorder"] == "ruby-vcr"
  path = File.join(OUT, sample["file"])
  FileUtils.mkdir_p(File.dirname(path))
  FileUtils.rm_f(path)
  $sample = sample
  options = sample["options"]
  VCR.configuration.cassette_library_dir = File.dirname(path)
  how = { record: :all, match_requests_on: [:uri] }
  how[:preserve_exact_body_bytes] = true if options["preserve_exact_body_bytes"]
  how[:serialize_with] = options["serialize_with"].to_sym if options["serialize_with"]
  name = File.basename(path, File.extname(path))
  VCR.use_cassette(name, how) do
    sample["requests"].each_with_index { |request, i| send_request("#{BASE}/#{n}/#{i}#{request["path"]}", request) }
  end
  File.write(path, structs(YAML.load_file(path)["http_interactions"])) if options["structs"]
  puts path
end
