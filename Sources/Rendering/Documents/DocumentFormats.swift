/// The formats that templates make.
extension OutputFormat {
  public static let markdown = {
    var format = OutputFormat("md", endings: ["md", "markdown"])
    format.showsFindings = true
    format.isTemplated = true
    format.connections = .document(hasCharts: true) {
      report, settings, output throws(RenderingFailure) in
      if let limit = settings.characterLimit {
        output.append(try report.markdown(settings.templates, limit: limit))
        return []
      }
      let (text, assets) = try report.markdown(
        settings.templates, assetFolder: settings.assetFolder)
      output.append(text)
      return assets
    }
    format.night = { report, settings, output throws(RenderingFailure) in
      let document = NightlyDocument(report, options: settings.options)
      let (text, assets) = try document.markdown(
        settings.templates, assetFolder: settings.assetFolder)
      output.append(text)
      return assets
    }
    format.fleet = { report, settings, output throws(RenderingFailure) in
      let document = FleetDocument(report, options: settings.options)
      return try document.markdown(
        settings.templates, assetFolder: settings.assetFolder, to: &output)
    }
    format.lesson = { page, settings, output throws(RenderingFailure) in
      let document = LessonDocument(page, options: settings.options)
      let (text, assets) = try document.markdown(
        settings.templates, assetFolder: settings.assetFolder)
      output.append(text)
      return assets
    }
    format.quiz = { page, settings, output throws(RenderingFailure) in
      let document = LessonDocument(page, options: settings.options)
      let (text, assets) = try document.quiz(
        settings.templates, assetFolder: settings.assetFolder)
      output.append(text)
      return assets
    }
    format.services = { report, settings, output throws(RenderingFailure) in
      var assets: [ReportAsset] = []
      if settings.assetFolder != nil, !report.services.isEmpty {
        assets.append(
          ReportAsset(
            name: "services.svg",
            bytes: try ServiceDocument(report, options: settings.options).svg()))
      }
      ServiceTable(report, settings.options).markdown(
        picture: assets.isEmpty ? nil : settings.assetFolder.map { "\($0)/services.svg" },
        to: &output)
      return assets
    }
    format.comparison = { report, settings, output throws(RenderingFailure) in
      ComparisonText(report, settings.options).markdown(to: &output)
      return []
    }
    return format
  }()

  public static let html = {
    var format = OutputFormat("html", endings: ["html", "htm"])
    format.listsEveryConnection = true
    format.showsFindings = true
    format.isTemplated = true
    format.connections = .document(hasCharts: true) {
      report, settings, output throws(RenderingFailure) in
      output.append(try report.html(settings.templates))
      return []
    }
    format.night = { report, settings, output throws(RenderingFailure) in
      let document = NightlyDocument(report, options: settings.options)
      output.append(try document.html(settings.templates))
      return []
    }
    format.fleet = { report, settings, output throws(RenderingFailure) in
      let document = FleetDocument(report, options: settings.options)
      try document.html(settings.templates, to: &output)
      return []
    }
    format.services = { report, settings, output throws(RenderingFailure) in
      let document = ServiceDocument(report, options: settings.options)
      output.append(try document.html(settings.templates))
      return []
    }
    format.lesson = { page, settings, output throws(RenderingFailure) in
      let document = LessonDocument(page, options: settings.options)
      output.append(try document.html(settings.templates))
      return []
    }
    return format
  }()
}
