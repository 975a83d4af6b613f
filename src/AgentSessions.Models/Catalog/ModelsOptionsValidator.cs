using AgentSessions.Models.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AgentSessions.Models.Catalog;

/// <summary>Names every key with a bad value. It runs at start, so that no session finds out first.</summary>
internal sealed class ModelsOptionsValidator(IConfiguration configuration) : IValidateOptions<ModelsOptions>
{
    public ValidateOptionsResult Validate(string? name, ModelsOptions options)
    {
        List<string> problems = [.. options.UnknownNames];
        foreach ((string model, ModelOptions settings) in options.Models)
        {
            problems.AddRange(Problems($"{ModelsOptions.SectionName}:{model}", settings));
        }

        if (SecretSetting.Has(options.DefaultModel) && !options.Models.ContainsKey(options.DefaultModel!))
        {
            string configured = options.Models.Count == 0 ? "none" : string.Join(", ", options.Models.Keys.Order());
            problems.Add($"{ModelsOptions.DefaultModelKey} names no configured model. Configured: {configured}.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> Problems(string path, ModelOptions model)
    {
        ModelProvider? provider = ModelProvider.Find(model.Provider);
        if (provider is null)
        {
            yield return $"{path}:Provider must be one of {string.Join(", ", ModelProvider.All.Select(p => p.Name))}.";
        }

        if (!SecretSetting.Has(model.Model))
        {
            yield return $"{path}:Model must name a model of the provider.";
        }

        if (SecretSetting.Has(model.Endpoint) ? !IsAddress(model.Endpoint!) : provider is { Endpoint: null })
        {
            yield return $"{path}:Endpoint must be an absolute http or https address without a user name.";
        }

        SecretSetting key = model.Key(path);
        // OpenAI's API stands elsewhere too, and there it is for the server to ask for a key.
        if (provider is { NeedsKey: true } && !key.IsSet && !(provider.Name == ModelProvider.OpenAI && SecretSetting.Has(model.Endpoint)))
        {
            yield return $"{path}: {provider.Name} needs a key. Set ApiKeyFile, ApiKeyEnvironment or ApiKey.";
        }

        IEnumerable<string> others =
        [
            .. key.Problems(configuration),
            .. AnnotationCheck.Problems(path, model),
            .. AnnotationCheck.Problems($"{path}:Calls", model.Calls),
            .. AnnotationCheck.Problems($"{path}:Retries", model.Retries),
            .. model.Pricing is { } pricing ? AnnotationCheck.Problems($"{path}:Pricing", pricing) : [],
        ];
        foreach (string problem in others)
        {
            yield return problem;
        }
    }

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0;
}
