# Records the samples of R's vcr from server.py: version 1 is the vcr that is installed; version 2 is written in its
# layout from crul's responses, with the yaml package that it writes with.
#
#     Rscript r_vcr.R http://127.0.0.1:8765 OUT_DIR
suppressPackageStartupMessages({ library(crul); library(vcr); library(yaml) })

arguments <- commandArgs(trailingOnly = TRUE)
base <- arguments[1]
out <- arguments[2]
clock <- "2025-10-09 08:53:20"

ask <- function(url, request) {
  client <- HttpClient$new(url = url, headers = as.list(request$headers))
  if (request$method == "GET") client$get() else client$verb(tolower(request$method), body = request$body)
}

# As vcr 2 does: text as it is, bytes through memCompress, which writes zlib whatever its name says.
body_of <- function(response) {
  if (is.null(response$response_headers[["content-encoding"]])) return(list(string = response$parse("UTF-8")))
  encoded <- gsub("\n", "", jsonlite::base64_enc(memCompress(response$content, "gzip")))
  list(raw_gzip = paste(regmatches(encoded, gregexpr(".{1,72}", encoded))[[1]], collapse = "\n"))
}

version_2 <- function(sample, n, path) {
  interactions <- lapply(seq_along(sample$requests), function(i) {
    request <- sample$requests[[i]]
    response <- ask(paste0(base, "/", n, "/", i - 1, request$path), request)
    sent <- list(method = request$method, uri = paste0(sample$host, request$path))
    if (!is.null(request$body)) sent$body <- list(string = request$body)
    list(request = sent,
         response = list(status = as.integer(response$status_code), headers = response$response_headers[-1],
                         body = body_of(response)),
         recorded_at = structure(clock, class = "verbatim"))
  })
  text <- as.yaml(list(http_interactions = interactions, recorded_with = "VCR-vcr/2.1.0"))
  writeLines(sub("\n$", "", text), path)
}

version_1 <- function(sample, n, path) {
  unlink(path)
  vcr_configure(dir = dirname(path), write_disk_path = dirname(path))
  name <- tools::file_path_sans_ext(basename(path))
  use_cassette(name, record = "all", match_requests_on = "uri", {
    for (i in seq_along(sample$requests))
      ask(paste0(base, "/", n, "/", i - 1, sample$requests[[i]]$path), sample$requests[[i]])
  })
  text <- readLines(path)
  text <- gsub("http://127.0.0.1/[0-9]+/[0-9]+", sample$host, text)
  writeLines(sub("recorded_at: .*", paste("recorded_at:", clock, "GMT"), text), path)
}

plan <- jsonlite::fromJSON(paste0(base, "/_plan"), simplifyVector = FALSE)
for (n in seq_along(plan)) {
  sample <- plan[[n]]
  if (sample$recorder != "r-vcr") next
  path <- file.path(out, sample$file)
  dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
  if (identical(sample$options$version, 2L)) version_2(sample, n - 1, path) else version_1(sample, n - 1, path)
  cat(path, "\n")
}
